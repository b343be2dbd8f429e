"""Cells of frames: what a column hands out one by one, which may be a list as well as a number.

A cell stands for whatever a frame holds. A number has no method that changes it, so only what
changes a container counts: `append`, or assigning to an item. A selection, a row and a column with
a name of its own are other frames, but what is in their cells is in the frame's too.
"""

from __future__ import annotations

import ast

from nbprism.compiler.walk.heap import ANY, EMPTY, Obj, Value
from nbprism.compiler.walk.library import windows
from nbprism.compiler.walk.machine import Machine

_BY_ELEMENT = frozenset({"apply", "map", "applymap", "transform", "progress_apply"})


def of(machine: Machine, frame: Obj) -> Value:
    """Return what going over a frame hands out."""
    return frame.contents() | frozenset(map(machine.heap.cell_of, machine.heap.origins(frame)))


def row(machine: Machine, frame: Obj, node: ast.AST) -> Value:
    """Return a row or column of the frame, as a frame of its own."""
    return machine.heap.settled(windows.selection(machine, frame, node))


def handed_to(machine: Machine, frame: Obj, method: str, node: ast.Call) -> Value:
    """Return what a method of the frame calls the functions with that it is given."""
    if method == "pipe":
        return frozenset((frame,))
    if method in _BY_ELEMENT and not _goes_by_row(node):
        return of(machine, frame)
    return row(machine, frame, node)


def _goes_by_row(node: ast.Call) -> bool:
    return any(keyword.arg == "axis" for keyword in node.keywords) or len(node.args) > 1


def rows(machine: Machine, frame: Obj, method: str, node: ast.Call) -> Value:
    """Return what `iterrows` and its like go over: pairs of a label and a row, or plain rows."""
    if method == "iterrows":
        made = machine.new(node, "handle", method, "a generator")
    else:
        made = machine.new(node, "iterator", method)
    pair = machine.new(node, "object" if method == "itertuples" else "tuple", "row")
    if method == "itertuples":
        pair.hold(ANY, of(machine, frame))
    else:
        pair.hold("i:1", row(machine, frame, node))
    made.hold("[]", frozenset((pair,)))
    return frozenset((made,))


def listed(machine: Machine, frame: Obj, method: str, node: ast.Call) -> Value:
    """Return the list or dictionary that the frame gives, new but for what is in the cells."""
    made = machine.new(node, "list", method)
    inside = of(machine, frame)
    if method == "to_dict":
        record = machine.new(node, "dict", "record")
        record.hold("[]", inside)
        inside = frozenset((record,))
    made.hold("[]", inside)
    return frozenset((made,))


def changed_by(machine: Machine, receiver: Value) -> Value:
    """Return the cells that a method changes which no frame has."""
    frames = (obj for obj in receiver if obj.kind == "frame")
    return EMPTY.union(*(of(machine, frame) for frame in frames))
