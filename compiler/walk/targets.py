"""What binding to a target means: names, tuples, attributes, items, slices, deletion."""

from __future__ import annotations

import ast

from nbprism.compiler.walk import classes, expressions, iteration, protocols
from nbprism.compiler.walk.heap import ANY, EMPTY, PLAIN, Obj, Value, union
from nbprism.compiler.walk.library import tables, windows
from nbprism.compiler.walk.machine import Machine


def assign(machine: Machine, target: ast.expr, value: Value, source: ast.expr) -> None:
    """Bind the value to the target."""
    match target:
        case ast.Name(id=name):
            machine.store(name, value, target)
        case ast.Tuple() | ast.List():
            _unpack(machine, target, value, source)
        case ast.Starred(value=inner):
            assign(machine, inner, value, source)
        case ast.Attribute(value=owner, attr=name):
            _set_attribute(machine, owner, machine.value(owner), name, value)
        case ast.Subscript(value=owner, slice=index):
            _set_item(machine, owner, index, value)


def _unpack(machine: Machine, target: ast.Tuple | ast.List, value: Value, source: ast.expr) -> None:
    starred = next((i for i, item in enumerate(target.elts) if isinstance(item, ast.Starred)), None)
    for obj in value:
        if obj.kind not in ("tuple", "list", "dict", "unknown", "array", "object"):
            iteration.elements(machine, frozenset((obj,)), source)
    for index, item in enumerate(target.elts):
        after = starred is not None and index > starred
        if isinstance(item, ast.Starred):
            rest = machine.new(item, "list", "rest")
            rest.hold(ANY, union([iteration.peek(machine, obj) for obj in value]))
            assign(machine, item.value, frozenset((rest,)), source)
        else:
            parts = [_part(machine, obj, None if after else index, item) for obj in value]
            assign(machine, item, union(parts), source)


def _part(machine: Machine, obj: Obj, index: int | None, node: ast.AST) -> Value:
    match obj.kind:
        case "tuple" if index is not None:
            return obj.held(f"i:{index}") | obj.fields.get("[]", EMPTY)
        case "list" if index is not None and obj.fields.keys() == {
            f"i:{n}" for n in range(len(obj.fields))
        }:
            return obj.held(f"i:{index}")
        case "iterator":
            return obj.handed_out()
        case "tuple" | "list" | "set" | "dict" | "generator":
            return obj.contents()
        case "array":
            return frozenset((obj,))
        case "frame" | "str" | "pattern" | "lib":
            return EMPTY
    return machine.heap.part(obj, f"i:{index}" if index is not None else "[]")


def _set_attribute(
    machine: Machine, owner: ast.expr, objects: Value, name: str, value: Value
) -> None:
    if not objects:
        machine.touch(owner)
    for obj in objects:
        if obj.kind == "lib":
            machine.configures(obj.path)
            continue
        classes.call_accessors(machine, obj, name, "setter", value)
        classes.call_method(machine, obj, "__setattr__", owner, value)
        obj.hold(name, value)
    machine.change(objects)


def _set_item(machine: Machine, owner: ast.expr, index: ast.expr, value: Value) -> None:
    objects, keys = machine.value(owner), machine.value(index)
    if not objects:
        machine.touch(owner)
    written = union(windows.written_through(machine, obj, owner, index) for obj in objects)
    for obj in objects:
        if obj.path == "namespace":
            _bind_named(machine, keys, value, owner)
        elif obj.kind == "lib":
            machine.configures(obj.path)
        else:
            field = expressions.field_of(index)
            obj.hold("[]" if isinstance(index, ast.Slice) else field, value)
            if isinstance(index, ast.Slice):
                obj.hold("[]", union([iteration.peek(machine, item) for item in value]))
            classes.call_method(machine, obj, "__setitem__", owner, keys | value)
    machine.change(written | {obj for obj in objects if obj.path != "namespace"})


def _bind_named(machine: Machine, keys: Value, value: Value, node: ast.expr) -> None:
    texts = sorted(obj.path for obj in keys if obj.kind == "str")
    for text in texts:
        machine.store_global(text, value, node)
    if not texts:
        machine.findings.dynamic_code(machine, "`globals()` with a computed name", node)


def augment(machine: Machine, node: ast.AugAssign) -> None:
    """`target op= value`: changes a mutable object in place, binds anew otherwise, perhaps both."""
    target = node.target
    if isinstance(target, ast.Name):
        before = machine.load(target.id)
        value = machine.value(node.value)
        if isinstance(node.op, ast.Add):
            for obj in before:
                if obj.kind in ("list", "unknown"):
                    items = union([iteration.peek(machine, item) for item in value])
                    obj.hold(ANY, items)
        changed = _extended(before, value)
        machine.change(changed | windows.onto_all(machine, before))
        result = expressions.combined(machine, node, before | value, node.op)
        kept = frozenset(obj for obj in before if obj.kind in ("list", "dict", "set", "array"))
        machine.store(target.id, kept or before | result, target)
        return
    held = machine.value(target)
    value = machine.value(node.value)
    if isinstance(node.op, ast.Add):
        for obj in held:
            obj.hold(ANY, union([iteration.peek(machine, item) for item in value]))
    protocols.operator(machine, held | value, [node.op], node)
    machine.change(_extended(held, value))
    assign(machine, target, held, node.value)


def _extended(before: Value, value: Value) -> Value:
    """Return what `before += value` may change: what takes a number is a number, as a rule."""
    if any(obj.kind in tables.CONTAINERS for obj in value):
        return frozenset(obj for obj in before if obj.kind != "tuple")
    return frozenset(o for o in before if o.kind not in ("tuple", "cell") and o.path != PLAIN)


def delete(machine: Machine, target: ast.expr) -> None:
    """Delete the name, item or attribute."""
    match target:
        case ast.Name(id=name):
            machine.delete(name, target)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                delete(machine, item)
        case ast.Attribute(value=owner) | ast.Subscript(value=owner):
            keys = machine.value(target.slice) if isinstance(target, ast.Subscript) else EMPTY
            value = machine.value(owner)
            for obj in value:
                if isinstance(target, ast.Attribute):
                    classes.call_accessors(machine, obj, target.attr, "deleter", EMPTY)
                method = "__delattr__" if isinstance(target, ast.Attribute) else "__delitem__"
                classes.call_method(machine, obj, method, owner, keys)
            machine.change(value) if value else machine.touch(owner)
