"""What calling a method of something that is no notebook code means."""

from __future__ import annotations

import ast

from nbprism.compiler.walk import classes, dynamic, expressions, functions, iteration, protocols
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import ANY, EMPTY, Kind, Obj, Value, union
from nbprism.compiler.walk.library import (
    callables,
    cells,
    drawing_tables,
    drawings,
    files,
    generators,
    paths,
    random_state,
    streams,
    tables,
    windows,
)
from nbprism.compiler.walk.machine import Machine

_CALLED = frozenset({"function", "bound", "class"})
NEW_KIND: dict[str, dict[str, Kind]] = {
    "dict": {"copy": "dict"},
    "list": {"copy": "list"},
    "set": dict.fromkeys(
        ("copy", "union", "intersection", "difference", "symmetric_difference"), "set"
    ),
    "str": dict.fromkeys(("split", "splitlines", "rsplit"), "list"),
}


def call(
    machine: Machine, node: ast.Call, func: ast.Attribute, obj: Obj, arguments: Arguments
) -> Value:
    """Return what the method may return, with everything the call does."""
    name = func.attr
    given = arguments.all()
    kept = node not in machine.discarded
    files.note_method(machine, name, obj, node, arguments)
    random_state.note_method(machine, name, obj, node)
    if _changes(name, obj, node, arguments, kept=kept):
        machine.change(windows.changed_by(machine, obj, name) | {obj}, deep=True)
        if name in tables.CELL_MUTATORS:
            machine.change(cells.changed_by(machine, frozenset((obj,))))
    streams.given(machine, given)
    _change_given(machine, name, obj, arguments)
    if name == "sort" and obj.kind == "list":
        protocols.compared(machine, obj.contents(), node)
    dynamic.note_namespace(machine, given, obj.contents() | {obj} | given)
    drawn_on = drawings.given_to(machine, arguments)
    generators.draw(machine, given if generators.is_generator(obj) else given | {obj})
    dynamic.note_strings(machine, name, node, arguments)
    if name in tables.STORES and obj.kind not in ("frame", "array", "str", "pattern"):
        _keep(machine, name, obj, arguments, node)
        if obj.kind in ("list", "dict", "set"):
            return _returned(machine, name, obj, node, EMPTY)
    if name in ("enter_context", "enter_async_context"):
        return union([protocols.enter(machine, item, node) for item in given])
    back = _call_what_is_given(machine, name, obj, given, node)
    if name == "pipe" and obj.kind == "frame" and back:
        return back
    if obj.kind in ("frame", "unknown") and name in drawing_tables.PLOTTING:
        return drawn_on or drawings.made(machine, node)
    return _returned(machine, name, obj, node, back)


def _change_given(machine: Machine, name: str, obj: Obj, arguments: Arguments) -> None:
    """Note what the method changes of what it is given."""
    machine.change(arguments.keywords.get("out", EMPTY))
    if name == "shuffle":
        machine.change(union(arguments.positional[:1]))
    machine.change(callables.filled(arguments), deep=True)
    if name in tables.FILLING or _trains(name, obj):
        machine.change(callables.with_items(arguments.all()), deep=True)


def _trains(name: str, obj: Obj) -> bool:
    """Return whether the object is one that trains the model it is given."""
    return name == "fit" and obj.path.endswith(".Trainer")


def _changes(name: str, obj: Obj, node: ast.Call, arguments: Arguments, *, kept: bool) -> bool:
    if obj.path == tables.VIEW:
        return False
    if drawings.is_drawing(obj):
        return drawings.changes(name)
    if _in_place(node, arguments) or generators.is_drawn(obj, name):
        return True
    if generators.is_generator(obj):
        return False
    if obj.kind == "frame" and name in ("eval", "pop", "insert", "update"):
        return name != "eval"
    if name == "eval" and node.args:
        return False
    if name.startswith("assign") and obj.path.endswith(".Variable"):
        return True
    return tables.changes_receiver(name, obj.kind, kept=kept)


def _in_place(node: ast.Call, arguments: Arguments) -> bool:
    if "inplace" not in arguments.keywords:
        return False
    written = [keyword.value for keyword in node.keywords if keyword.arg == "inplace"]
    return not any(isinstance(value, ast.Constant) and not value.value for value in written)


def _keep(machine: Machine, name: str, obj: Obj, arguments: Arguments, node: ast.AST) -> None:
    given = arguments.all()
    if name in ("extend", "extendleft", "update", "__iadd__", "__ior__"):
        for source in given:
            obj.hold(
                ANY, iteration.elements(machine, frozenset((source,)), node) | source.contents()
            )
    elif name == "setdefault" and len(node.args if isinstance(node, ast.Call) else ()) > 1:
        obj.hold("[]", union(arguments.positional[1:]))
    else:
        obj.hold("[]", given)
    for keyword, value in arguments.keywords.items():
        obj.hold(f"k:{keyword}", value)


def _call_what_is_given(
    machine: Machine, name: str, obj: Obj, given: Value, node: ast.Call
) -> Value:
    # Opaque objects may call the functions they hold: a pipeline its steps, a thread its target.
    receiver = frozenset((obj,))
    if obj.kind in ("object", "unknown", "instance", "handle"):
        given |= obj.contents()
        found = callables.hand_over(machine, receiver | given, given, node)
    else:
        texts = all(item.kind in ("str", "pattern") for item in given)
        items = EMPTY if texts else _items(machine, name, obj, given, node)
        found = EMPTY if texts else functions.call_carried(machine, given, items)
        functions.run_lazily(machine, given, node)
        classes.handed_over(machine, given, given, node)
    return found


def _items(machine: Machine, name: str, obj: Obj, given: Value, node: ast.Call) -> Value:
    """Return what the functions that a method is given are called with."""
    beside = frozenset(item for item in given if item.kind not in _CALLED)
    if obj.kind == "frame":
        return beside | cells.handed_to(machine, obj, name, node)
    return beside | iteration.peek(machine, obj)


def _returned(machine: Machine, name: str, obj: Obj, node: ast.Call, back: Value) -> Value:
    if name in tables.IN_PLACE or _gives_itself(name, obj):
        return frozenset((obj,))
    if paths.is_path(obj) and name in paths.DERIVING:
        given = [machine.value(argument) for argument in node.args]
        return paths.derived(machine, node, obj, name, given)
    if name in ("tolist", "to_list", "to_dict") and obj.kind in ("array", "unknown"):
        return _rows(machine, name, node)
    match obj.kind:
        case "list" | "dict" | "set" | "tuple" | "str" | "pattern":
            return _from_container(machine, name, obj, node) | back
        case "frame":
            return _from_frame(machine, name, obj, node)
        case "array":
            return machine.fresh(node, "array", name)
        case "iterator" | "generator" | "handle" | "cell":
            return machine.fresh(node, "unknown", name)
    return _from_object(machine, name, obj, node) | back


def _gives_itself(name: str, obj: Obj) -> bool:
    """Return whether the method gives its object, or what cannot be told from it."""
    match obj.kind:
        case "array":
            return name in tables.ARRAY_VIEWS or tables.is_in_place(name)
        case "handle":
            return name in ("cursor", "connect", "begin")
        case "cell":
            return name in tables.PARTS
    return False


def _from_frame(machine: Machine, name: str, obj: Obj, node: ast.Call) -> Value:
    if name == "to_numpy":
        copied = _asks_for_copy(node)
        return machine.fresh(node, "array", name) if copied else windows.onto_frame(machine, obj)
    if name in ("tolist", "to_list", "to_dict"):
        return cells.listed(machine, obj, name, node)
    if name in ("iterrows", "itertuples", "items"):
        return cells.rows(machine, obj, name, node)
    return machine.fresh(node, "frame", name)


def _asks_for_copy(node: ast.Call) -> bool:
    return any(
        keyword.arg == "copy" and isinstance(keyword.value, ast.Constant) and keyword.value.value
        for keyword in node.keywords
    )


def _rows(machine: Machine, name: str, node: ast.Call) -> Value:
    """What a table hands out as Python's own lists and dictionaries is all new."""
    made = machine.new(node, "list", name)
    made.hold(ANY, machine.fresh(node, "unknown", "element"))
    return frozenset((made,))


def _from_object(machine: Machine, name: str, obj: Obj, node: ast.Call) -> Value:
    if drawings.is_drawing(obj) or name in tables.RETURNS_SELF or tables.is_in_place(name):
        return frozenset((obj,))
    if name in tables.PARTS:
        return machine.heap.part(obj, "[]")
    if name == "numpy":
        return frozenset((windows.onto(machine, obj, "array", node),))
    made = machine.new(node, "unknown", name)
    # A bound library object carries on the notebook functions that it was made with.
    carried = functions.carried(frozenset((obj,)))
    made.hold(ANY, frozenset(function for function, _ in carried))
    if name == "_replace":  # of a named tuple: the other fields are the same objects
        made.hold(ANY, obj.contents())
    return frozenset((made,))


def _view(machine: Machine, name: str, obj: Obj, node: ast.Call) -> Obj:
    """Return the keys, values or items of a dictionary, which change as it does."""
    made = machine.new(node, "iterator", name, tables.VIEW)
    made.hold("source", frozenset((obj,)))
    return made


def _from_container(machine: Machine, name: str, obj: Obj, node: ast.Call) -> Value:
    kind = NEW_KIND.get(obj.kind, {}).get(name)
    if kind is not None:
        made = machine.new(node, kind, name)
        made.hold(ANY, obj.contents())
        return frozenset((made,))
    if name == "keys":
        made = _view(machine, name, obj, node)
        made.hold(ANY, obj.fields.get("key", EMPTY))
        return frozenset((made,))
    pair = machine.new(node, "tuple", "pair") if name in ("items", "values", "popitem") else None
    if pair is not None:
        pair.hold("i:1", obj.contents())
        if name == "popitem":
            return frozenset((pair,))
        made = _view(machine, name, obj, node)
        made.hold(ANY, obj.contents() if name == "values" else frozenset((pair,)))
        return frozenset((made,))
    if name == "get" and obj.kind == "dict" and node.args:
        return expressions.keyed(obj, node.args[0]) | (
            machine.value(node.args[1]) if len(node.args) > 1 else EMPTY
        )
    return obj.contents() if name in tables.PARTS else EMPTY


def call_on_unknown(
    machine: Machine, node: ast.Call, func: ast.Attribute, arguments: Arguments
) -> Value:
    """Call a method of something that is no object as far as anybody can see."""
    kept = node not in machine.discarded
    if _in_place(node, arguments) or tables.changes_receiver(func.attr, "unknown", kept=kept):
        machine.touch(func.value)
    callables.hand_over(machine, arguments.all(), arguments.all(), node)
    return machine.fresh(node, "unknown", "method")
