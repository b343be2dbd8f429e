"""Figures and axes: a whole drawing is one object, which nearly everything done with it changes."""

from __future__ import annotations

import ast

from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import DRAWING, Obj, Value
from nbprism.compiler.walk.library import drawing_tables
from nbprism.compiler.walk.machine import Machine

_LOOKING = ("get_", "is_", "has_", "to_", "savefig", "show", "write_", "full_figure", "legend_elem")


def is_drawing(obj: Obj) -> bool:
    """Return whether the object is a figure, its axes, or something on them."""
    return obj.path == DRAWING


def makes_drawing(path: str) -> bool:
    """Return whether calling the library function gives a drawing."""
    module, _, name = path.rpartition(".")
    if module in drawing_tables.DRAWING_MODULES:
        return name not in drawing_tables.NOT_DRAWN
    return path in drawing_tables.DRAWN_BY


def changes(method: str) -> bool:
    """Return whether calling the method of a drawing changes it."""
    return not method.startswith(_LOOKING)


def made(machine: Machine, node: ast.AST) -> Value:
    """Return the new drawing that a plotting function gives."""
    return frozenset((machine.new(node, "object", "drawing", DRAWING),))


def given_to(machine: Machine, arguments: Arguments) -> Value:
    """Return the drawings that library code is handed, which it may draw on."""
    given = frozenset(obj for obj in arguments.all() if is_drawing(obj))
    machine.change(given)
    return given
