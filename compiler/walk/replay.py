"""Which statements a unit may run again, and their source as fragments.

Imports and definitions are replayed as they are written; what they need when they are made comes
with them. Everything else is a value, computed once and shipped.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from nbprism.compiler.code.magics import is_deep, parse_cell
from nbprism.compiler.flow import Fragment, FragmentKind
from nbprism.compiler.walk.records import Statement, StatementKind

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FACTORIES = frozenset(
    {"namedtuple", "NamedTuple", "TypedDict", "NewType", "TypeVar", "make_dataclass"}
)
"""Functions that make a class or a type, by the last part of their name."""


def statement_kind(node: ast.stmt) -> StatementKind:
    """Return how a top-level statement counts as far as its syntax tells."""
    if isinstance(node, _IMPORTS):
        return "import"
    if isinstance(node, _DEFINITIONS) or _makes_a_class(node):
        return "definition"
    if isinstance(node, (ast.Try, ast.If)) and _is_guarded_import(node):
        return "import"
    return "plain"


def label_of(node: ast.stmt) -> str:
    """Return what to call the statement within its cell: what it defines, binds or begins with."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[first, *_]):
            return _root(first)
        case ast.AugAssign(target=first) | ast.AnnAssign(target=first) | ast.Expr(value=first):
            return _root(first)
    return type(node).__name__


def _root(node: ast.expr) -> str:
    inner: ast.AST = node
    while isinstance(inner, (ast.Attribute, ast.Subscript, ast.Call)):
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return inner.id if isinstance(inner, ast.Name) else type(inner).__name__


def _makes_a_class(node: ast.stmt) -> bool:
    """`Point = namedtuple("Point", "x y")`: as much a definition as a `class` statement."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id=name))):
            return name in _FACTORIES
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Attribute(attr=name))):
            return name in _FACTORIES
    return False


def _is_guarded_import(node: ast.Try | ast.If) -> bool:
    """Imports under `try` or under a test of nothing but modules and constants."""
    inner = [item for item in _blocks(node) if not isinstance(item, ast.Pass)]
    if isinstance(node, ast.If) and not _is_plain_test(node.test):
        return False
    return any(isinstance(item, _IMPORTS) for item in inner) and all(
        _is_harmless(item) for item in inner
    )


def _blocks(node: ast.Try | ast.If) -> list[ast.stmt]:
    if isinstance(node, ast.If):
        return [*node.body, *node.orelse]
    handlers = [item for handler in node.handlers for item in handler.body]
    return [*node.body, *handlers, *node.orelse, *node.finalbody]


def _is_plain_test(test: ast.expr) -> bool:
    return isinstance(test, (ast.Compare, ast.Attribute, ast.Name, ast.Constant)) and all(
        not isinstance(inner, ast.Call)
        and (
            not isinstance(inner, ast.Name) or inner.id in ("sys", "typing", "TYPE_CHECKING", "os")
        )
        for inner in ast.walk(test)
    )


def _is_harmless(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Try, ast.If)):
        return _is_guarded_import(node)
    simple = isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.Name))
    return simple or isinstance(node, (*_IMPORTS, *_DEFINITIONS, ast.Pass))


def acts(node: ast.stmt) -> bool:
    """Return whether a statement that binds nothing may do more than show something."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "display"))):
            return False
        case ast.Expr(value=ast.Constant() | ast.Name() | ast.Attribute()) | ast.Pass():
            return False
    return True


def fragment(statement: Statement, *, after_load: bool) -> Fragment:
    """Return the statement's source as something a unit runs before its own cells."""
    if statement.fragment is None:
        statement.fragment = _fragment(statement)
    return replace(statement.fragment, after_load=True) if after_load else statement.fragment


def _fragment(statement: Statement) -> Fragment:
    kind: FragmentKind = "setup"
    if statement.kind in ("import", "definition"):
        kind = statement.kind
    first, names = first_line(statement.node), tuple(statement.binds)
    return Fragment(statement.cell.id, first, source_of(statement), names, kind)


def first_line(node: ast.stmt) -> int:
    """Return the line where the statement starts, decorators included."""
    lines: list[int] = [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
    return min([node.lineno, *lines])


def source_of(statement: Statement) -> str:
    """Return the statement's text as it is in the cell, or as Python where a magic holds it."""
    node = statement.node
    code = parse_cell(statement.cell.source)
    text = statement.cell.source if code.aligned else code.text
    lines = text.splitlines()
    start, end = first_line(node), node.end_lineno or node.lineno
    if _owns_lines(statement, start, end):
        return "\n".join(lines[start - 1 : end])
    if code.aligned and (node.col_offset == 0 or is_deep(node)):
        return ast.get_source_segment(code.text, node) or ast.unparse(node)
    return ast.unparse(node)


def _owns_lines(statement: Statement, start: int, end: int) -> bool:
    tree = parse_cell(statement.cell.source).tree
    return statement.node.col_offset == 0 and not any(
        _place(other) != _place(statement.node)
        and other.lineno <= end
        and (other.end_lineno or 0) >= start
        for other in (tree.body if tree is not None else ())
    )


def _place(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset
