"""What `map`, `zip` and their like make: iterators that work when they are used up."""

from __future__ import annotations

import ast

from nbprism.compiler.walk import classes, functions, iteration
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import ANY, EMPTY, Obj, Value, union
from nbprism.compiler.walk.library import tables
from nbprism.compiler.walk.machine import Machine


def iterator(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    """Return the iterator, with what it calls and what it hands out."""
    made = machine.new(node, "iterator")
    given = arguments.all()
    called = EMPTY
    given = union(classes.as_function(machine, obj, node) for obj in given)
    for obj in given:
        if obj.kind in ("function", "bound", "class", "object") or _is_called(obj):
            items = union(iteration.peek(machine, other) for other in given - {obj})
            value = frozenset((obj,))
            # The call may come much later, and then sees what globals are by then.
            machine.speculative += 1
            called |= functions.call_carried(machine, value, items)
            machine.speculative -= 1
            made.hold("function", value)
        elif obj.kind != "lib":
            # Lazy: using the result up uses the arguments up too.
            made.hold("source", frozenset((obj,)))
    for obj in given:
        if obj.kind == "iterator":
            machine.heap.ledger.add(obj, made)
        if obj.kind in ("generator", "instance"):
            iteration.elements(machine, frozenset((obj,)), node)
    made.hold(ANY, called | _handed_out(machine, path, node, arguments))
    return frozenset((made,))


def _is_called(obj: Obj) -> bool:
    """Return whether a library made it to be called, or it is a library's and changes something."""
    if obj.kind == "lib":
        return obj.path in tables.CHANGES_ARGUMENT or tables.is_method(obj.path)
    return obj.path in tables.HOLDING


def _handed_out(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    """Return what the iterator hands out: elements of its arguments, or tuples of them."""
    columns = [elements(machine, value) for value in arguments.positional]
    every = union(columns) | elements(machine, arguments.rest)
    every |= union(elements(machine, value) for value in arguments.keywords.values())
    name = path.rpartition(".")[2]
    if name not in tables.ROWS:
        return every
    row = machine.new(node, "tuple", "row")
    if name not in tables.COLUMNS:
        row.hold(ANY, every)
    elif name == "enumerate":
        row.hold("i:1", every)
    elif name == "groupby":
        group = machine.new(node, "list", "group")
        group.hold(ANY, every)
        row.hold("i:1", frozenset((group,)))
    else:
        for index, column in enumerate(columns):
            row.hold(f"i:{index}", column)
        row.hold(ANY, elements(machine, arguments.rest))
    return frozenset((row,))


def elements(machine: Machine, value: Value) -> Value:
    """Return what going over the values would hand out."""
    return union(iteration.peek(machine, obj) for obj in value if obj.kind != "lib")
