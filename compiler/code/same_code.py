"""Whether two syntax trees are the same code, wherever in their cells they stand."""

from __future__ import annotations

import ast


def same_code(one: ast.AST | None, other: ast.AST | None) -> bool:
    """Return whether the trees say the same, laid out the same, perhaps some lines apart."""
    if one is other:
        return True
    if one is None or other is None:
        return False
    shift = getattr(other, "lineno", 0) - getattr(one, "lineno", 0)
    pending: list[tuple[object, object]] = [(one, other)]
    while pending:
        here, there = pending.pop()
        if type(here) is not type(there):
            return False
        if isinstance(here, ast.AST):
            if _place(here, shift) != _place(there, 0):
                return False
            pending.extend((getattr(here, f, None), getattr(there, f, None)) for f in here._fields)
        elif isinstance(here, list):
            if not isinstance(there, list) or len(here) != len(there):
                return False
            pending.extend(zip(here, there, strict=True))
        elif here != there:
            return False
    return True


def _place(node: object, shift: int) -> tuple[int, int]:
    return getattr(node, "lineno", -shift) + shift, getattr(node, "col_offset", 0)
