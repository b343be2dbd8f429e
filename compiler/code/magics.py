"""The IPython layer: a cell's text as a Python syntax tree.

IPython's own transformer turns `%magic`, `!shell` and `help?` into `get_ipython()` calls; the
interpreter of the data flow gives those their meaning. Nothing here runs anything.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from nbprism.compiler.code.recent import kept_while_recent

_DEEP = 100
"""Levels of nesting that are walked by recursion."""
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom)
_AROUND = ("module", "statement", "name", "context", "operator")
"""Levels that no character of an expression stands for."""
_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_FLAGS = ast.PyCF_ONLY_AST | _AWAIT
_MISPLACED = re.compile(
    r"\*|:=|\b(?:return|yield|break|continue|global|nonlocal|await|async|def|lambda|except|case"
    r"|__future__|__debug__)\b"
)
"""What may be a mistake that only compiling finds, such as a `return` outside a function."""

#: Cell magics whose body is Python that runs in the notebook's own namespace.
PYTHON_CELL_MAGICS = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "debug", "nbprism"}
)
#: Magics, line or cell, that neither read nor bind the notebook's names.
QUIET_MAGICS = frozenset(
    """
    matplotlib load_ext reload_ext unload_ext config autoreload pip conda mamba uv pinfo
    pinfo2 pdoc psource pfile who whos who_ls history hist ls pwd cd dirs pushd popd env
    set_env html HTML javascript js latex markdown svg SVG bash sh script system sx
    writefile file perl ruby python python2 python3 pypy automagic colors precision xmode
    pdb debug tb logstart logstop lsmagic magic quickref bookmark alias cat mkdir rm cp
    mv less more man head tail pylab load save pastebin notebook tensorboard watermark
    nbprism cmd doctest_mode psearch rehashx unalias gui killbgscripts code_wrap subshell
    """.split()  # noqa: SIM905 - a list of one word a line would be a page long
)
#: Line magics that set the session up, and so belong in every later unit.
SETUP_MAGICS = frozenset(
    {
        "matplotlib",
        "load_ext",
        "reload_ext",
        "config",
        "autoreload",
        "env",
        "set_env",
        "precision",
        "xmode",
        "cd",
        "gui",
    }
)


@dataclass(frozen=True, slots=True)
class Code:
    """A cell's text, its syntax tree, and what is wrong with it."""

    text: str
    """Python after IPython's transformation, line for line where possible."""
    tree: ast.Module | None
    problem: str = ""
    """Why it cannot run; a misplaced `return` and its like still have a tree."""
    line: int | None = None
    aligned: bool = True
    """True when a line of `text` is the same line of the cell's source."""
    deep: bool = False
    """True when it is nested too deeply for Python to parse."""


@kept_while_recent
def parse_cell(source: str) -> Code:
    """Return the cell's code as Python; a syntax error is data, never raised."""
    return _parse_cell(source)


def _parse_cell(source: str) -> Code:
    # What is valid Python as it stands is never changed by the transformer, which is far slower.
    code = _parse(source)
    if code.tree is not None:
        return code
    if source.lstrip("\n").startswith("%%"):
        return _cell_magic(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # IPython's doubts about odd line ends
            text = _transformed(source)
    except (SyntaxError, ValueError, RecursionError):
        return code
    transformed = _parse(text, aligned=text.rstrip().count("\n") == source.rstrip().count("\n"))
    return transformed if transformed.tree is not None else _better_error(code, transformed)


def _transformed(source: str) -> str:
    # IPython takes 0.2 s to import; drivers, workers and plain Python notebooks never need it.
    from IPython.core.inputtransformer2 import TransformerManager

    return str(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=128)
def parse_inside(source: str, line: int) -> Code:
    """Return code that one line of a cell holds, as in `%time f(x)`: all of it is on that line.

    The tree is nobody else's: that of `parse_cell` is shared by all cells of the same text.
    """
    code = _parse_cell(source)
    for node in _placed(code):
        node.lineno = node.end_lineno = line
    return code


@lru_cache(maxsize=128)
def parse_below(source: str, line: int) -> Code:
    """Return code that begins below a line of its cell, as under `%%time`.

    The tree is nobody else's: that of `parse_cell` is shared by all cells of the same text.
    """
    code = _parse_cell(source)
    for node in _placed(code):
        node.lineno += line
        node.end_lineno = (node.end_lineno or 0) + line
    return code


def _placed(code: Code) -> Iterator[ast.stmt]:
    """Yield the nodes that have a place; all of them have the attributes of a statement's."""
    for node in ast.walk(code.tree) if code.tree is not None else ():
        if hasattr(node, "lineno"):
            yield cast("ast.stmt", node)


def _cell_magic(source: str) -> Code:
    lead = len(source) - len(source.lstrip("\n"))
    head, _, body = source[lead + 2 :].partition("\n")
    name, _, line = head.partition(" ")
    text = f"{chr(10) * lead}get_ipython().run_cell_magic({name!r}, {line!r}, {body!r})\n"
    return _parse(text, aligned=False)


def _parse(text: str, *, aligned: bool = True) -> Code:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the user's invalid escapes are the user's kernel's to tell
            tree = compile(text, "<cell>", "exec", _FLAGS, dont_inherit=True)
    except SyntaxError as error:
        return Code(text, None, error.msg or "invalid syntax", error.lineno, aligned)
    except (RecursionError, MemoryError):
        return Code(text, None, "it is nested too deeply", 1, aligned, deep=True)
    except (ValueError, OverflowError) as error:
        return Code(text, None, str(error) or type(error).__name__, 1, aligned)
    if not isinstance(tree, ast.Module):
        return Code(text, None)
    problem, line = _misplaced(tree) if _MISPLACED.search(text) else ("", None)
    return Code(text, tree, problem, line, aligned)


def _misplaced(tree: ast.Module) -> tuple[str, int | None]:
    """Return the syntax error that only compiling finds, and its line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, "<cell>", "exec", _AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return error.msg or "invalid syntax", error.lineno
    except (RecursionError, MemoryError, ValueError):
        pass  # the walk has more room, and says so if it has not
    return "", None


def is_deep(tree: ast.AST) -> bool:
    """Return whether the code is nested so deeply that walking it may exceed Python's stack."""
    parts = tree.body if isinstance(tree, ast.Module) else [tree]
    return any(_has_levels(part) for part in parts if not _is_short(part))


def _is_short(node: ast.AST) -> bool:
    """Return whether its text has too few characters for so many levels: each takes one."""
    return (
        isinstance(node, _SIMPLE)
        and node.lineno == node.end_lineno
        and (node.end_col_offset or _DEEP) - node.col_offset < _DEEP - len(_AROUND)
    )


def _has_levels(node: ast.AST) -> bool:
    level = [node]
    for _ in range(_DEEP):
        level = _below(level)
        if not level:
            return False
    return True


def _below(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    """Return the children; `ast.iter_child_nodes` takes three times as long for them."""
    values = [value for node in nodes for value in vars(node).values()]
    inner = [value for value in values if isinstance(value, ast.AST) and value._fields]
    for value in values:
        if isinstance(value, list):
            inner += [item for item in value if isinstance(item, ast.AST)]
    return inner


def _better_error(plain: Code, transformed: Code) -> Code:
    return transformed if transformed.aligned else plain
