"""Names whose scalars become metrics: assigned, printed or shown in a cell tagged `metrics`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbprism.compiler.code.magics import parse_cell


def metric_names(source: str) -> tuple[str, ...]:
    """Return the names that the cell assigns at its top level, prints or shows, in order."""
    tree = parse_cell(source).tree
    found = [name for node in (tree.body if tree is not None else ()) for name in _names(node)]
    return tuple(dict.fromkeys(found))


def _names(node: ast.stmt) -> Iterable[str]:
    match node:
        case ast.Assign(targets=targets):
            return [name for target in targets for name in _targets(target)]
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
            | ast.AugAssign(target=ast.Name(id=name))
        ):
            return [name]
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=args)):
            return [arg.id for arg in args if isinstance(arg, ast.Name)]
        case ast.Expr(value=ast.Name(id=name)):
            return [name]
    return ()


def _targets(target: ast.expr) -> Iterable[str]:
    match target:
        case ast.Name(id=name):
            return [name]
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return [name for item in items for name in _targets(item)]
        case ast.Starred(value=inner):
            return _targets(inner)
    return ()
