"""What a cell does outside the notebook where no path tells other steps of it: commands, processes.

Files whose paths the code spells out join steps by edges; a command or a folder joins nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from nbprism.compiler.code.magics import parse_cell
from nbprism.compiler.code.recent import kept_while_recent

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMMANDS = frozenset({"system", "getoutput", "getoutput_split"})
_SHELLS = frozenset({"bash", "sh", "script", "system", "sx"})
_FOLDERS = frozenset({"mkdir", "rm", "mv", "cp", "rmdir"})
_CHANGING = frozenset(
    """
    os.system os.popen os.mkdir os.makedirs os.remove os.unlink os.rename os.replace os.rmdir
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move shutil.rmtree
    shutil.unpack_archive shutil.make_archive
    """.split()  # noqa: SIM905 - a list of one word a line would be a page long
)
_LOOKING = frozenset({"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"})
_ONLY_LOOKS = frozenset({"ls", "cat", "head", "tail", "wc", "tree", "du", "file", "find", "grep"})
_SAYS_NOTHING_OF_FILES = frozenset(
    """
    pip pip3 conda mamba uv apt apt-get echo pwd which whoami uname date nvidia-smi free lscpu
    df env hostname nproc uptime lsb_release
    """.split()  # noqa: SIM905
)
_MOST_LETTERS = 60


class Act(NamedTuple):
    """A line that works outside the notebook."""

    line: int
    text: str
    changes: bool
    """False if it only looks at what is there."""


@kept_while_recent
def acts_of(source: str) -> tuple[Act, ...]:
    """Return the lines of a cell, outside its definitions, that work outside the notebook."""
    tree = parse_cell(source).tree
    lines = source.splitlines()
    return tuple(
        Act(call.lineno, lines[call.lineno - 1].strip()[:_MOST_LETTERS], changes)
        for call in _calls(tree)
        if (changes := _changes(call)) is not None and call.lineno <= len(lines)
    )


def _calls(tree: ast.Module | None) -> Iterator[ast.Call]:
    pending: list[ast.AST] = list(reversed(tree.body)) if tree is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, _DEFINITIONS):
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def _changes(call: ast.Call) -> bool | None:
    """Return whether the call may leave something outside, or None if it stays inside."""
    if command := _command(call):
        words = [line.split()[0] for line in command.splitlines() if line.split()]
        working = [word for word in words if word not in _SAYS_NOTHING_OF_FILES]
        return any(word not in _ONLY_LOOKS for word in working) if working else None
    path = ast.unparse(call.func) if isinstance(call.func, ast.Attribute) else ""
    if path in _CHANGING:
        return True
    return False if path in _LOOKING else None


def _command(call: ast.Call) -> str:
    """Return the shell command that IPython's syntax stands for: `!ls`, `%%bash`, `%mkdir x`."""
    if not (isinstance(call.func, ast.Attribute) and _is_shell(call.func.value)):
        return ""
    texts = [str(arg.value) for arg in call.args if isinstance(arg, ast.Constant)]
    if call.func.attr in _COMMANDS:
        return texts[0] if texts else ""
    if call.func.attr == "run_cell_magic" and texts[:1] and texts[0] in _SHELLS:
        return "\n".join(line for line in texts[-1].splitlines() if not line.startswith("#"))
    if call.func.attr == "run_line_magic" and texts[:1]:
        name, line = texts[0], texts[-1]
        return line if name in _SHELLS else f"{name} {line}" if name in _FOLDERS else ""
    return ""


def _is_shell(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "get_ipython"
