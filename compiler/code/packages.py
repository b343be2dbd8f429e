"""Which packages a piece of code imports, by the name it imports them under."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from nbprism.compiler.code.magics import is_deep, parse_cell
from nbprism.compiler.code.recent import kept_while_recent


@kept_while_recent
def imported_packages(source: str) -> frozenset[str]:
    """Return the top-level names that the code imports anywhere; Python's own are left out."""
    if "import" not in source:
        return frozenset()
    tree = parse_cell(source).tree
    if tree is None or is_deep(tree):
        return frozenset()
    return frozenset(_roots(tree)) - sys.stdlib_module_names


def _roots(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
