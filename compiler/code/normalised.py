"""Code without what does not matter to it: comments and formatting."""

from __future__ import annotations

import ast

from nbprism.compiler.code.magics import is_deep, parse_cell
from nbprism.compiler.code.recent import kept_while_recent


@kept_while_recent
def normalised(source: str) -> str:
    """Return the cell's code without comments and formatting, or its text if it is not Python."""
    tree = parse_cell(source).tree
    return source if tree is None or is_deep(tree) else ast.unparse(tree)
