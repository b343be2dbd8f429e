"""What IPython's own syntax means: magics and shell commands, as calls of `get_ipython()`."""

from __future__ import annotations

import ast
import re

from nbprism.compiler.code.magics import (
    PYTHON_CELL_MAGICS,
    QUIET_MAGICS,
    SETUP_MAGICS,
    parse_below,
    parse_cell,
    parse_inside,
)
from nbprism.compiler.code.scripts import script_of
from nbprism.compiler.walk.heap import EMPTY, Value
from nbprism.compiler.walk.library import files
from nbprism.compiler.walk.machine import Machine

_CALLS = frozenset({"run_line_magic", "run_cell_magic", "system", "getoutput", "getoutput_split"})
_BRACES = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")
_DOLLAR = re.compile(r"(?<![\\$])\$([A-Za-z_]\w*)")
_OUT = re.compile(r"--(?:out|err|proc)[ =]+([A-Za-z_]\w*)")
_TAKES = re.compile(r"(?:^|\s)(?:-i|--input)[ =]+([\w,]+)")
_GIVES = re.compile(r"(?:^|\s)(?:-o|--output)[ =]+([\w,]+)|([A-Za-z_]\w*)\s*<<")
_FIRST = re.compile(r"^\s*([A-Za-z_]\w*)\b(?!\s*[=<(])")
_NAMES_RESULT = frozenset({"bigquery"})
"""Cell magics whose line begins with the name that gets the result."""
_FLAGS = re.compile(r"^(?:\s*-{1,2}\w+(?:[= ]?\d+)?\b)*\s*")


def is_shell_call(node: ast.Call) -> bool:
    """Return whether the call is `get_ipython().run_...`."""
    func = node.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr in _CALLS
        and isinstance(func.value, ast.Call)
        and isinstance(func.value.func, ast.Name)
        and func.value.func.id == "get_ipython"
    )


def call(machine: Machine, node: ast.Call) -> Value:
    """Return what the magic or shell command returns, with everything it does to names."""
    machine.at(node)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    texts = [str(arg.value) if isinstance(arg, ast.Constant) else "" for arg in node.args]
    if name.startswith("getoutput") or name == "system":
        interpolate(machine, texts[0] if texts else "")
        return machine.fresh(node, "list", "shell") if name != "system" else EMPTY
    if name == "run_cell_magic":
        return _cell_magic(machine, node, [*texts, "", "", ""][:3])
    return _line_magic(machine, node, texts[0], texts[1] if len(texts) > 1 else "")


def interpolate(machine: Machine, text: str) -> None:
    """Note the names that `{expression}` and `$name` in a command read."""
    for name in _DOLLAR.findall(text):
        machine.load_if_bound(name)
    for inner in _BRACES.findall(text):
        tree = parse_cell(inner.strip()).tree
        for part in ast.walk(tree) if tree is not None else ():
            if isinstance(part, ast.Name):
                machine.load_if_bound(part.id)


def _cell_magic(machine: Machine, node: ast.Call, texts: list[str]) -> Value:
    name, line, body = texts
    interpolate(machine, line)
    if name in PYTHON_CELL_MAGICS:
        _python_body(machine, node, name, line, body)
    elif name in {"writefile", "file"}:
        path = line.split()[-1] if line.split() else ""
        files.wrote(machine, frozenset((machine.heap.text(path),)))
    elif name not in QUIET_MAGICS:
        _foreign(machine, node, name, line)
    for out in _OUT.findall(line):
        machine.store(out, machine.fresh(node, "str", out), node)
    return EMPTY


def _foreign(machine: Machine, node: ast.Call, name: str, line: str) -> None:
    """A cell of R, SQL and the like says in its line what it takes and gives, or nothing at all."""
    taken = [name for names in _TAKES.findall(line) for name in names.split(",")]
    given = [name for names in _GIVES.findall(line) for name in "".join(names).split(",")]
    if name in _NAMES_RESULT:
        given += _FIRST.findall(line)
    if not taken and not given:
        machine.findings.opaque_magic(machine, f"%%{name}")
    for taken_name in taken:
        machine.load_global(taken_name)
    for given_name in given:
        machine.store(given_name, machine.fresh(node, "unknown", given_name), node)


def _python_body(machine: Machine, node: ast.Call, name: str, line: str, body: str) -> None:
    code = parse_below(body, node.lineno)
    if code.tree is None:
        machine.findings.syntax(machine.cell, code.problem, (code.line or 0) + node.lineno)
        return
    if name in ("timeit", "memit", "mprun"):
        machine.space.begin()
        setup = parse_inside(_FLAGS.sub("", line).strip(), node.lineno)
        machine.run(setup.tree.body if setup.tree is not None else [])
        machine.run(code.tree.body)
        machine.keep_changes(machine.space.rollback())
        return
    machine.run(code.tree.body)
    if name == "capture":
        for target in [word for word in line.split() if word.isidentifier()][:1]:
            machine.store(target, machine.fresh(node, "object", "captured"), node)


def _line_magic(machine: Machine, node: ast.Call, name: str, line: str) -> Value:
    if name in ("time", "timeit", "prun", "memit", "lprun", "mprun"):
        return _timed(machine, node, name, line)
    interpolate(machine, line)
    if name == "run":
        _run(machine, node, line)
    elif name in SETUP_MAGICS:
        machine.configures("")
    elif (
        name
        in (
            "store",
            "reset",
            "reset_selective",
            "macro",
            "edit",
            "recall",
            "rerun",
            "xdel",
        )
        or name not in QUIET_MAGICS
    ):
        machine.findings.opaque_magic(machine, f"%{name}")
    return machine.fresh(node, "object", "magic")


def _run(machine: Machine, node: ast.Call, line: str) -> None:
    """Walk the file that `%run` names, if it lies beside the notebook."""
    name = script_of(line)
    text = dict(machine.cell.scripts).get(name)
    tree = parse_inside(text, node.lineno).tree if text is not None else None
    if tree is None:
        machine.findings.opaque_run(machine, name)
        return
    # As in a call: what the file configures does not make the line one that every unit repeats.
    with machine.calling(machine.new(node, "function", "run")):
        machine.run(tree.body)


def _timed(machine: Machine, node: ast.Call, name: str, line: str) -> Value:
    code = parse_inside(_FLAGS.sub("", line).strip(), node.lineno)
    body = code.tree.body if code.tree is not None else []
    if name == "time":
        if len(body) == 1 and isinstance(body[0], ast.Expr):
            return machine.value(body[0].value)
        machine.run(body)
        return EMPTY
    machine.space.begin()
    machine.run(body)
    machine.keep_changes(machine.space.rollback())
    return machine.fresh(node, "object", "timeit")
