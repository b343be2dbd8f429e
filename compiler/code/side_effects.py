"""What a cell does besides giving names values: shows, writes, calls, asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbprism.compiler.code.magics import parse_cell

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_ASKING = frozenset({"input", "getpass"})
_KEEPS_QUIET = (ast.Assign, ast.AnnAssign, ast.AugAssign)


def only_computes(source: str) -> bool:
    """Return whether a cell does nothing but give names values, as far as its text shows.

    A cell that prints, ends in an expression, changes an object in place or defines something
    does more.
    """
    tree = parse_cell(source).tree
    if tree is None or not any(isinstance(node, _KEEPS_QUIET) for node in tree.body):
        return False
    return all(
        isinstance(node, _KEEPS_QUIET) and all(map(_is_name, _targets(node))) for node in tree.body
    )


def lines_that_ask(source: str) -> Iterator[int]:
    """Yield the lines that call `input()` or `getpass()`, not counting those in definitions."""
    tree = parse_cell(source).tree if any(word in source for word in _ASKING) else None
    for node in _outside_definitions(tree):
        if isinstance(node, ast.Call) and _called(node) in _ASKING:
            yield node.lineno


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_name, target.elts))
    if isinstance(target, ast.Starred):
        return _is_name(target.value)
    return isinstance(target, ast.Name)


def _outside_definitions(tree: ast.Module | None) -> Iterator[ast.AST]:
    pending: list[ast.AST] = list(tree.body) if tree is not None else []
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))
