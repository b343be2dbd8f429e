"""What a cell does to names, as its text says: which it binds anew, deletes, or only opens.

A name that the cell does not bind still has, when the cell is over, the object it had before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nbprism.compiler.code.magics import QUIET_MAGICS, SETUP_MAGICS, parse_cell

_OPAQUE: Final = frozenset({"exec", "eval", "globals", "locals", "vars", "get_ipython"})
"""What may bind names that the text does not say."""
_SHELL: Final = frozenset({"system", "getoutput"})
"""What `!command` becomes."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The names of a cell that it does something to."""

    bound: frozenset[str]
    deleted: frozenset[str]
    opened: frozenset[str]
    """Bound by `with`: used up when the cell is over."""
    opaque: bool
    """Whether it may bind other names as well."""

    def keeps(self, name: str) -> bool:
        """Return whether the name is sure to have the object it had before the cell."""
        return not (self.opaque or name in self.bound or name in self.deleted)


def effects_of(cell: str, definitions: Iterable[str]) -> Effects:
    """Return what a cell does, that may call what is defined by `definitions`."""
    nodes = list(_nodes(cell))
    elsewhere = [node for source in definitions for node in _nodes(source)]
    globals_ = {name for node in elsewhere if isinstance(node, ast.Global) for name in node.names}
    return Effects(
        bound=frozenset({name for node in nodes for name in _bound_by(node)} | globals_),
        deleted=frozenset(
            target.id
            for node in nodes
            if isinstance(node, ast.Delete)
            for target in node.targets
            if isinstance(target, ast.Name)
        ),
        opened=frozenset(name for node in nodes for name in _opened_by(node)),
        opaque=_is_opaque([*nodes, *elsewhere]),
    )


def _nodes(source: str) -> Iterator[ast.AST]:
    tree = parse_cell(source).tree
    yield from ast.walk(tree) if tree is not None else ()


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds, in whatever scope: too many do no harm."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name


def _is_opaque(nodes: list[ast.AST]) -> bool:
    named = [node.id for node in nodes if isinstance(node, ast.Name) and node.id in _OPAQUE]
    return len(named) > sum(map(_is_quiet, nodes))


def _is_quiet(node: ast.AST) -> bool:
    """Return whether a node calls IPython for something that binds no names."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=attribute),
            args=[ast.Constant(value=what), *_],
        ):
            is_magic = attribute == "run_line_magic"
            return attribute in _SHELL or (is_magic and what in QUIET_MAGICS | SETUP_MAGICS)
    return False


def _opened_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if isinstance(item.optional_vars, ast.Name):
                yield item.optional_vars.id
