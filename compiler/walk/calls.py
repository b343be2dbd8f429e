"""What a call means: of notebook code, of a library, of a method."""

from __future__ import annotations

import ast

from nbprism.compiler.walk import classes, expressions, functions, iteration, protocols, shell
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import ANY, EMPTY, Obj, Value, union
from nbprism.compiler.walk.library import (
    callables,
    generators,
    methods,
    random_state,
    streams,
    tables,
)
from nbprism.compiler.walk.library.tables import PARTS
from nbprism.compiler.walk.machine import Machine


def _call(machine: Machine, node: ast.Call) -> Value:
    if shell.is_shell_call(node):
        return shell.call(machine, node)
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return _super(machine, node)
    if isinstance(node.func, ast.Attribute):
        receiver = machine.value(node.func.value)
        arguments = evaluate(machine, node)
        machine.at(node)
        return _method_call(machine, node, node.func, receiver, arguments)
    function = machine.value(node.func)
    arguments = evaluate(machine, node)
    machine.at(node)
    if not function:
        return unseen(machine, node, EMPTY, arguments)
    return union([apply(machine, obj, arguments, node) for obj in in_order(function)])


expressions.meaning(ast.Call)(_call)


def in_order(value: Value) -> list[Obj]:
    """Return the objects in an order that is the same in every process."""
    return list(value) if len(value) < 2 else sorted(value, key=lambda obj: repr(obj.key))  # noqa: PLR2004


def evaluate(machine: Machine, node: ast.Call) -> Arguments:
    """Return the arguments of the call, evaluated."""
    positional: list[Value] = []
    rest: list[Value] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            value = machine.value(arg.value)
            rest.append(iteration.elements(machine, value, arg))
        elif not rest:
            positional.append(machine.value(arg))
        else:
            rest.append(machine.value(arg))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = machine.value(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        if any(obj.path == "namespace" for obj in value):
            machine.read_everything()
        protocols.spread(machine, value, node)
        rest.append(union(obj.contents() for obj in value))
        for name, held in _named(value).items():
            keywords.setdefault(name, held)
    return Arguments(tuple(positional), keywords, union(rest))


def _named(value: Value) -> dict[str, Value]:
    """Return the keywords that `**options` is known to hand over."""
    names = {field[2:] for obj in value for field in obj.fields if field.startswith("k:")}
    return {
        name: union(obj.held(f"k:{name}") | obj.fields.get("[]", EMPTY) for obj in value)
        for name in sorted(names)
    }


def apply(machine: Machine, obj: Obj, arguments: Arguments, node: ast.Call) -> Value:
    """Return what calling the object may return, with everything the call does."""
    match obj.kind:
        case "function":
            return functions.invoke(machine, obj, arguments)
        case "class":
            return classes.instantiate(machine, obj, arguments, node)
        case "bound":
            return _bound_call(machine, obj, arguments)
        case "lib":
            return callables.call(machine, obj.path, arguments, node)
        case "instance":
            found = classes.call_method(machine, obj, "__call__", node, arguments.all())
            if found or not classes.is_foreign(obj):
                return found
    return unseen(machine, node, frozenset((obj,)), arguments)


def _bound_call(machine: Machine, obj: Obj, arguments: Arguments) -> Value:
    if "function" not in obj.fields:
        functions.call_bound(machine, obj, arguments.all())
        return union(item.contents() for item in obj.fields["self"]) if obj.path in PARTS else EMPTY
    found = []
    for function in in_order(obj.fields.get("function", EMPTY)):
        found.append(functions.invoke(machine, function, arguments.behind(obj.fields["self"])))
    return union(found)


def unseen(machine: Machine, node: ast.AST, receiver: Value, arguments: Arguments) -> Value:
    """Call code nobody can see: it may call what it holds or gets, and returns something new."""
    # A partial, or any other thing that calls, hands on what it was made with.
    given = arguments.all() | union(obj.contents() for obj in receiver)
    generators.draw(machine, receiver | given)
    streams.given(machine, given)
    random_state.note_call(machine, receiver)
    callables.hand_over(machine, receiver | given, given, node)
    kept = node not in machine.discarded
    for caller in receiver:
        # Which argument comes where is not known: `partial(list.append, log)`.
        partial = caller.path == "functools.partial"
        called = caller.contents() if partial else frozenset((caller,))
        functions.call_known(machine, called, given if partial else arguments.all(), kept=kept)
    made = machine.new(node, "unknown", "call")
    if all(obj.path.startswith(tables.NEW_RESULTS) for obj in receiver) and receiver:
        return frozenset((made,))
    if any(obj.path in tables.FACTORIES for obj in receiver):
        made.hold(ANY, arguments.all())
        return frozenset((made,))
    back = callables.handed_back(arguments.all())
    made.hold(ANY, back)
    return back | {made}


def _method_call(
    machine: Machine, node: ast.Call, func: ast.Attribute, receiver: Value, arguments: Arguments
) -> Value:
    if not receiver:
        return methods.call_on_unknown(machine, node, func, arguments)
    found = []
    for obj in in_order(receiver):
        found.append(_method_of(machine, node, func, obj, arguments))
    return union(found)


def _method_of(
    machine: Machine, node: ast.Call, func: ast.Attribute, obj: Obj, arguments: Arguments
) -> Value:
    if obj.kind == "lib":
        machine.note_module(obj.path)
        return callables.call(machine, f"{obj.path}.{func.attr}", arguments, node)
    if obj.kind in ("instance", "class", "super"):
        found = _defined_method(machine, obj, func.attr, func)
        if found:
            return union([apply(machine, item, arguments, node) for item in in_order(found)])
    return methods.call(machine, node, func, obj, arguments)


def _defined_method(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    held = obj.fields.get(name, EMPTY)
    if (
        held
        or obj.kind == "super"
        or any(classes.lookup(cls, name) for cls in classes.classes_of(obj))
    ):
        value = classes.attribute(machine, obj, name, node)
        return frozenset(item for item in value if item.kind != "unknown" or item in held)
    return EMPTY


def _super(machine: Machine, node: ast.Call) -> Value:
    frame = machine.frame
    while frame is not None and frame.kind != "function":
        frame = frame.parent
    made = machine.new(node, "super")
    if (
        frame is not None
        and frame.owner is not None
        and isinstance(frame.owner.node, ast.FunctionDef)
    ):
        first = [*frame.owner.node.args.posonlyargs, *frame.owner.node.args.args][:1]
        for arg in first:
            receiver = frame.variables.get(arg.arg, EMPTY)
            made.hold("self", receiver)
            made.hold("class", frame.owner.fields.get("in class", EMPTY))
    return frozenset((made,))
