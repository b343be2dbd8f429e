"""Code in strings, and names that are looked up by computed strings."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from nbprism.compiler.code.magics import parse_inside
from nbprism.compiler.walk import classes, functions
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import EMPTY, Obj, Value, union
from nbprism.compiler.walk.machine import Machine

_WORD = re.compile(r"[A-Za-z_]\w*")
_AT_NAME = re.compile(r"@([A-Za-z_]\w*)")
_SQL = re.compile(r"\b(select|from|join|insert|update|with|describe)\b", re.IGNORECASE)
_SQL_CALLS = frozenset({"duckdb.sql", "duckdb.query", "duckdb.execute", "duckdb.from_query"})
_FRAME_STRINGS = frozenset({"query", "eval"})
_NAME_STRINGS = frozenset({"pandas.eval", "numexpr.evaluate"})


def execute(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """`exec` and `eval`: literal code is walked as if it stood there."""
    texts = [obj.path for obj in union(arguments.positional[:1]) if obj.kind == "str"]
    elsewhere = any(obj.path != "namespace" for obj in union(arguments.positional[1:]))
    if not texts or elsewhere or len(node.args) > len(arguments.positional):
        machine.findings.dynamic_code(machine, "code that is only known when it runs", node)
        return machine.fresh(node, "unknown", "eval")
    found = []
    for text in texts:
        tree = parse_inside(text, node.lineno).tree
        body = tree.body if tree is not None else []
        if len(body) == 1 and isinstance(body[0], ast.Expr):
            found.append(machine.value(body[0].value))
        else:
            machine.run(body)
    return union(found)


def namespace(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """`globals()` and its like: a literal key is an ordinary name, anything else is unknown."""
    if arguments.all():
        return union(_attributes(machine, obj, node) for obj in arguments.all())
    if (
        machine.frame is not None
        and isinstance(node.func, ast.Name)
        and node.func.id in ("locals", "vars")
    ):
        return EMPTY
    return frozenset((machine.heap.make("namespace", "lib", "namespace"),))


def _attributes(machine: Machine, obj: Obj, node: ast.Call) -> Value:
    if obj.kind == "instance":
        return classes.attributes(machine, obj, node)
    return machine.heap.part(obj, "*") if obj.kind == "unknown" else EMPTY


def imported(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """`importlib.import_module('x')` is a module."""
    texts = [obj.path for obj in union(arguments.positional[:1]) if obj.kind == "str"]
    return frozenset(machine.heap.library(text) for text in texts) or machine.fresh(node, "unknown")


def note_strings(machine: Machine, called: str, node: ast.Call, arguments: Arguments) -> None:
    """Note names that known strings read: formulas, `df.query('a > @t')`, SQL over frames."""
    literal = [
        arg.value
        for arg in (*node.args[:2], *(keyword.value for keyword in node.keywords))
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]
    values = union((*arguments.positional[:2], *arguments.keywords.values()))
    known = sorted(obj.path for obj in values if obj.kind in ("str", "pattern"))
    for text in dict.fromkeys((*literal, *known)):
        for name in _names_in(called, text):
            machine.load_if_bound(name)


def note_namespace(machine: Machine, given: Value, beside: Value) -> None:
    """Note what code reads that is handed `globals()`: the names in a known text, or all."""
    if all(obj.path != "namespace" for obj in given):
        return
    texts = sorted(obj.path for obj in beside if obj.kind == "str")
    if not texts:
        machine.read_everything()
    for name in dict.fromkeys(word for text in texts for word in _WORD.findall(text)):
        functions.call_carried(machine, machine.load_if_bound(name), EMPTY)


@lru_cache(maxsize=1024)
def _is_formula(text: str) -> bool:
    """Return whether the text is a formula, `y ~ x + C(g)`, and no prose or path."""
    try:
        for side in filter(None, map(str.strip, text.split("~"))):
            ast.parse(side, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return "/" not in text


def _names_in(called: str, text: str) -> list[str]:
    if called in _FRAME_STRINGS:
        return _AT_NAME.findall(text)
    if called in _NAME_STRINGS:
        return _WORD.findall(text)
    if "~" in text and _is_formula(text):
        return _WORD.findall(text)
    if (called in _SQL_CALLS or called.rpartition(".")[2] in ("sql", "sqldf")) and _SQL.search(
        text
    ):
        return _WORD.findall(text)
    return []
