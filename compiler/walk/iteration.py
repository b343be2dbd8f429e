"""What going over a value hands out, what it calls and what it uses up."""

from __future__ import annotations

import ast

from nbprism.compiler.walk import classes, functions, protocols
from nbprism.compiler.walk.heap import ANY, EMPTY, Obj, Value, union
from nbprism.compiler.walk.library import cells, generators, random_state, tables
from nbprism.compiler.walk.machine import Machine

_NEXT = ("__next__", "__anext__")


def elements(machine: Machine, value: Value, node: ast.AST) -> Value:
    """Return what iterating over the value hands out; iterators are used up by it."""
    return union([_elements_of(machine, obj, node) for obj in value])


def _elements_of(machine: Machine, obj: Obj, node: ast.AST) -> Value:
    match obj.kind:
        case "list" | "tuple" | "set":
            return obj.contents()
        case "dict":
            return obj.fields.get("key", EMPTY)
        case "array":
            return frozenset((obj,))
        case "generator":
            return functions.consume(machine, obj, node)
        case "iterator" | "handle":
            if obj.path != tables.VIEW:
                machine.change(frozenset((obj,)))
            _call_late(machine, obj)
            return obj.handed_out()
        case "instance" | "class":
            return _iterated(machine, obj, node)
        case "frame" | "str" | "pattern" | "lib" | "function" | "bound" | "scope" | "super":
            return cells.of(machine, obj) if obj.kind == "frame" else EMPTY
    # A loader that shuffles draws from the generator it was made with.
    generators.draw(machine, frozenset((obj,)))
    random_state.note_iteration(machine, obj)
    return machine.heap.part(obj, "[]")


def _call_late(machine: Machine, iterator: Obj) -> None:
    """Call what `map` and its like were made with: it sees the globals of now."""
    chain, pending = {iterator: None}, [iterator]
    while pending:
        for source in pending.pop().fields.get("source", EMPTY):
            if source.kind == "iterator" and source not in chain:
                chain[source] = None
                pending.append(source)
    for lazy in reversed(chain):
        sources = lazy.fields.get("source", EMPTY)
        items = union([peek(machine, source) for source in sources])
        called = lazy.fields.get("function", EMPTY)
        if called:
            lazy.hold(ANY, functions.call_carried(machine, called, items))


def _iterated(machine: Machine, obj: Obj, node: ast.AST) -> Value:
    begun = ("__iter__", "__aiter__", "__reversed__") if obj.kind == "instance" else ("__iter__",)
    iterators = union(classes.call_method(machine, obj, name, node, EMPTY) for name in begun)
    given = [classes.call_method(machine, obj, "__getitem__", node, EMPTY)]
    for made in iterators:
        if made is obj:
            given.append(protocols.entered(machine, frozenset((obj,)), _NEXT, node))
        elif made.kind != "instance":
            given.append(_elements_of(machine, made, node))
    return union(given) or obj.held("[]")


def peek(machine: Machine, obj: Obj) -> Value:
    """Return what the object may hand out when iterated over, without doing it."""
    match obj.kind:
        case "iterator" | "handle":
            return obj.handed_out()
        case "list" | "tuple" | "set" | "dict":
            return obj.contents()
        case "array" | "cell":
            return frozenset((obj,))
        case "frame":
            return cells.of(machine, obj)
        case "unknown":
            return machine.heap.part(obj, "[]")
    return EMPTY
