"""Windows: parts of frames, and what looks into the memory of another object.

Writing through the object shows in the window. The tie does not survive the way to another process.
"""

from __future__ import annotations

import ast

from nbprism.compiler.walk.heap import EMPTY, SELECTION, WINDOW, Kind, Obj, Value, holders, union
from nbprism.compiler.walk.library import accessors
from nbprism.compiler.walk.machine import Machine

_PARTS_OF_FRAME = frozenset({"loc", "iloc", "at", "iat", "columns", "index"})
_ELEMENTS = frozenset({"loc", "iloc", "at", "iat"})
_INTO_THE_SAME = frozenset(
    {"update", "fillna", "replace", "where", "mask", "clip", "interpolate", "ffill", "bfill"}
)


def of_frame(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    """Return what an attribute of a frame stands for: its accessors change the frame itself."""
    if name == "values":
        return onto_frame(machine, obj)
    if own := accessors.of_frame(machine, obj, name, node):
        return own
    return frozenset((obj,)) if name in _PARTS_OF_FRAME else selection(machine, obj, node)


def selection(machine: Machine, frame: Obj, node: ast.AST) -> Value:
    """Return a selection of a frame: new once it has a name, a part of the frame until then."""
    part = machine.new(node, "frame", "selection", SELECTION)
    machine.heap.ledger.add(part, frame)
    return frozenset((part,))


def onto_frame(machine: Machine, frame: Obj) -> Value:
    """Return the array that a frame or column gives.

    Nothing leads from the frame to it, for most of what changes a frame leaves the array alone.
    Writing into the array writes into the frame, or fails, as pandas has had it since version 3.
    """
    frames = (obj for obj in holders((frame,)) if obj.kind == "frame")
    return frozenset(machine.heap.array_of(obj) for obj in frames)


def onto(machine: Machine, owner: Obj, kind: Kind, node: ast.AST) -> Obj:
    """Return a window onto all of the object: a change of either is a change of both."""
    made = machine.new(node, kind, "window", WINDOW)
    made.hold("onto", frozenset((owner,)))
    owner.hold("window", frozenset((made,)))
    return made


def written_through(machine: Machine, obj: Obj, owner: ast.expr, index: ast.expr) -> Value:
    """Return the windows that assigning to an item changes: none, where that makes a column."""
    element = isinstance(owner, ast.Attribute) and owner.attr in _ELEMENTS
    element |= isinstance(index, ast.Slice | ast.Compare)
    element |= isinstance(index, ast.Constant) and isinstance(index.value, int)
    return onto_frame(machine, obj) if element and obj.kind == "frame" else EMPTY


def changed_by(machine: Machine, obj: Obj, method: str) -> Value:
    """Return the windows that a method changes which changes its frame in place."""
    written = obj.kind == "frame" and method in _INTO_THE_SAME
    return onto_frame(machine, obj) if written else EMPTY


def onto_all(machine: Machine, value: Value) -> Value:
    """Return the windows onto all frames among the objects."""
    return union(onto_frame(machine, obj) for obj in value if obj.kind == "frame")
