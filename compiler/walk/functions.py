"""Notebook functions: making them, calling them, consuming the generators they make.

A call walks the body with the arguments it gets, so globals are read when the function runs, not
where it is written, and a change of an argument is a change of the caller's object.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import cast

from nbprism.compiler.walk import expressions, iteration
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.frames import Frame, is_generator, scope_of
from nbprism.compiler.walk.heap import ANY, EMPTY, MEMOISED, Obj, Value, union
from nbprism.compiler.walk.library import tables
from nbprism.compiler.walk.machine import Machine

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
DEEPEST = 25
"""Calls within calls that are walked; deeper ones are only sketched."""
_DEFINED = frozenset({"function", "class", "bound"})
ROUNDS = 4
"""Walks of the body of a function that calls itself with something else each time."""


def make(machine: Machine, node: FunctionNode) -> Obj:
    """Return the function object that the definition makes; its defaults are evaluated now."""
    made = machine.new(node, "function")
    made.node, made.frame = node, machine.frame
    args = node.args
    positional = [*args.posonlyargs, *args.args]
    for arg, default in zip(
        positional[len(positional) - len(args.defaults) :], args.defaults, strict=True
    ):
        made.hold(f"default:{arg.arg}", machine.value(default))
    for arg, default_ in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        made.hold(f"default:{arg.arg}", machine.value(default_))
    _keep_variables(machine, made)
    return made


def _keep_variables(machine: Machine, made: Obj) -> None:
    frame = machine.frame
    while frame is not None and frame.kind != "function":
        frame = frame.parent
    if frame is None or frame.owner is None:
        return
    if frame.cell is None:
        frame.cell = machine.heap.make((made.key, "cell"), "scope")
        frame.cell.hold("around", frame.owner.fields.get("closure", EMPTY))
    made.hold("closure", frozenset((frame.cell,)))


def invoke(machine: Machine, function: Obj, arguments: Arguments) -> Value:
    """Return what calling the function may return, with everything the call does."""
    overloads = function.fields.get("registered", EMPTY)
    found = [
        _invoke(machine, each, arguments)
        for each in (function, *sorted(overloads, key=_position))
        if each.kind == "function"
    ]
    return union(found)


def _invoke(machine: Machine, function: Obj, arguments: Arguments) -> Value:
    node = cast(FunctionNode, function.node)
    if function in machine.running:
        return _again(machine, function, node, arguments)
    if function in machine.calls or len(machine.calls) > DEEPEST or machine.fuel <= 0:
        sketch(machine, function, arguments.all() if machine.fuel <= 0 else EMPTY)
        return arguments.all()
    machine.fuel -= 1
    frame = Frame("function", scope_of(node), function.frame, function)
    _bind(machine, frame, node.args, function, arguments)
    if is_generator(node):
        return frozenset((_generator(machine, function, frame),))
    before = machine.effects
    found = _walk(machine, function, frame)
    if function.path == MEMOISED:
        found = _remembered(machine, function, found, acted=machine.effects > before)
    for context in function.fields.get("around", EMPTY):
        _run_around(machine, context)
    return found


def _remembered(machine: Machine, function: Obj, found: Value, *, acted: bool) -> Value:
    """Return what it ever returned: later calls give that again and do nothing else."""
    function.hold("remembered", found)
    if machine.activity is not None and function.node is not None and _prints(function.node):
        name = str(getattr(function.node, "name", ""))
        machine.activity.remembered.setdefault(name, (machine.cell.id, machine.line))
    if acted:
        machine.change(frozenset((function,)))
    return function.fields["remembered"]


@lru_cache(maxsize=1024)
def _prints(node: ast.AST) -> bool:
    calls = (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return any(isinstance(c.func, ast.Name) and c.func.id in ("print", "display") for c in calls)


def _run_around(machine: Machine, context: Obj) -> None:
    """Walk what a context manager that decorates a function does, which is made anew each time."""
    if context.kind == "generator" and context.frame is not None:
        for function in context.held("function"):
            _walk(machine, function, context.frame)
    for cls in context.fields.get("class", EMPTY) if context.kind == "instance" else ():
        for name in ("__enter__", "__exit__"):
            for method in cls.fields.get(name, EMPTY):
                if method.kind == "function":
                    invoke(machine, method, Arguments((frozenset((context,)),)))


def _again(machine: Machine, function: Obj, node: FunctionNode, arguments: Arguments) -> Value:
    """A call of what runs already: the walk of its body is repeated with these arguments too."""
    frame = machine.running[function]
    call = Frame("function", frame.scope, function.frame, function)
    _bind(machine, call, node.args, function, arguments)
    for name, value in call.variables.items():
        frame.called_with[name] = frame.called_with.get(name, EMPTY) | value
    return arguments.all() | union(frame.returned)


def _generator(machine: Machine, function: Obj, frame: Frame) -> Obj:
    made = machine.heap.make((machine.context, "made by", function.key), "generator", "a generator")
    made.node, made.frame = function.node, frame
    made.hold("function", frozenset((function,)))
    for name, value in frame.variables.items():
        made.hold(f"argument:{name}", value)
    return made


def _walk(machine: Machine, function: Obj, frame: Frame) -> Value:
    outer_frame = machine.running.get(function)
    with machine.calling(function), machine.within(frame):
        machine.running[function] = frame
        _walk_rounds(machine, function, frame)
        if machine.fuel <= 0:
            sketch(machine, function, union(frame.variables.values()))
    if outer_frame is None:
        del machine.running[function]
    else:
        machine.running[function] = outer_frame
    if frame.cell is not None:
        frame.cell.hold(ANY, union(frame.variables.values()))
    return union(frame.returned)


def _walk_rounds(machine: Machine, function: Obj, frame: Frame) -> None:
    """Walk the body, and again while it calls itself with arguments it was not walked with."""
    given = dict(frame.variables)
    for _ in range(ROUNDS):
        _walk_body(machine, function.node, frame)
        fresh = {n: v for n, v in frame.called_with.items() if not v <= given.get(n, EMPTY)}
        if not fresh or machine.fuel <= 0:
            return
        given.update({name: given.get(name, EMPTY) | value for name, value in fresh.items()})
        frame.variables = dict(given)


def _walk_body(machine: Machine, node: ast.AST | None, frame: Frame) -> None:
    if isinstance(node, ast.Lambda):
        frame.returned.append(machine.value(node.body))
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        machine.fuel -= len(node.body)
        if _returns_early(node):
            machine.maybe(lambda: machine.run(node.body))
        else:
            machine.run(node.body)


@lru_cache(maxsize=1024)
def _returns_early(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    inner = (child for statement in node.body for child in ast.iter_child_nodes(statement))
    return any(isinstance(child, ast.Return) for branch in inner for child in ast.walk(branch))


def _bind(
    machine: Machine, frame: Frame, args: ast.arguments, function: Obj, given: Arguments
) -> None:
    names = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    spare = given.positional[len(names) :]
    for index, name in enumerate(names):
        exact = (
            given.positional[index] if index < len(given.positional) else given.keywords.get(name)
        )
        frame.variables[name] = _argument(function, name, exact, given)
    for arg in args.kwonlyargs:
        frame.variables[arg.arg] = _argument(function, arg.arg, given.keywords.get(arg.arg), given)
    if args.vararg is not None:
        extra = machine.heap.make((machine.context, "vararg", function.key), "tuple")
        for index, value in enumerate(spare):
            extra.hold(f"i:{index}", value)
        extra.hold(ANY, given.rest)
        frame.variables[args.vararg.arg] = frozenset((extra,))
    if args.kwarg is not None:
        extra = machine.heap.make((machine.context, "kwarg", function.key), "dict")
        for name, value in given.keywords.items():
            if name not in frame.variables:
                extra.hold(f"k:{name}", value)
        extra.hold(ANY, given.rest)
        frame.variables[args.kwarg.arg] = frozenset((extra,))


def _argument(function: Obj, name: str, exact: Value | None, given: Arguments) -> Value:
    if exact is not None:
        return exact
    return function.fields.get(f"default:{name}", EMPTY) | given.rest


def give(machine: Machine, value: Value) -> None:
    """Note what the function around returns or yields."""
    frame = machine.frame
    while frame is not None and frame.kind == "comprehension":
        frame = frame.parent
    if frame is not None:
        frame.returned.append(value)


def consume(machine: Machine, generator: Obj, node: ast.AST) -> Value:
    """Return what the generator hands out; its body runs now and it is used up."""
    machine.change(frozenset((generator,)))
    if generator in machine.calls:
        return EMPTY
    if isinstance(generator.node, ast.GeneratorExp):
        with machine.within(generator.frame), machine.calling(generator):
            first = iteration.elements(machine, generator.held("first"), node)
            return expressions.comprehend(machine, generator.node, first)
    functions = generator.held("function")
    if generator.frame is None:
        return EMPTY
    return union([_walk(machine, function, generator.frame) for function in functions])


def run_lazily(machine: Machine, value: Value, node: ast.AST) -> None:
    """Consume generators that are handed to code nobody can see."""
    for obj in value:
        if obj.kind == "generator":
            consume(machine, obj, node)
        elif obj.kind == "iterator":
            machine.change(frozenset((obj,)))


def carried(value: Value) -> list[tuple[Obj, Value]]:
    """Return the notebook functions that the value holds, bound ones with their object.

    Methods of the classes of instances are not among them; a caller who may call any method of an
    instance asks `classes.handed_over`.
    """
    found: dict[Obj, Value] = {}
    seen = set(value)
    stack = list(value)
    while stack:
        obj = stack.pop()
        if obj.kind == "bound" and "function" in obj.fields:
            for function in obj.fields.get("function", EMPTY):
                found[function] = found.get(function, EMPTY) | obj.fields.get("self", EMPTY)
            continue
        if obj.kind == "function":
            found.setdefault(obj, EMPTY)
        if obj.kind not in ("class", "function"):
            fresh = obj.contents() - seen
            seen |= fresh
            stack.extend(fresh)
    return sorted(found.items(), key=lambda item: _position(item[0]))


def call_carried(machine: Machine, value: Value, given: Value) -> Value:
    """Return what the functions that the value holds return when a library calls them."""
    found = []
    # A partial hands on what it was made with.
    given |= union(obj.contents() for obj in value if obj.path == "functools.partial")
    _call_methods(machine, value, given)
    for function, receiver in carried(value):
        unknown = Arguments(rest=given, unknown=True)
        found.append(invoke(machine, function, unknown.behind(receiver) if receiver else unknown))
    return union(found)


def _call_methods(machine: Machine, value: Value, given: Value) -> None:
    for obj in value:
        if obj.kind == "bound" and "function" not in obj.fields:
            call_bound(machine, obj, given)
    call_known(machine, value, given, kept=False)


def call_known(machine: Machine, value: Value, given: Value, *, kept: bool) -> None:
    """Call what is known to change what it is given: `list.sort`, `methodcaller("sort")`."""
    names = [name for obj in value for name in _methods_called_by(obj)]
    changed = (
        obj
        for obj in given
        if any(tables.changes_receiver(name, obj.kind, kept=kept) for name in names)
    )
    machine.change(frozenset(changed))
    if any(obj.kind == "lib" and obj.path in tables.CHANGES_ARGUMENT for obj in value):
        machine.change(given)


def _methods_called_by(obj: Obj) -> list[str]:
    if obj.kind == "lib" and obj.path.startswith("builtins."):
        return [obj.path.rpartition(".")[2]]
    if obj.path == "operator.methodcaller":
        return [item.path for item in obj.contents() if item.kind == "str"]
    return []


def call_bound(machine: Machine, method: Obj, given: Value) -> None:
    """Call the bound method of a library object: it changes the object if that is what it does."""
    for receiver in method.fields.get("self", EMPTY):
        if tables.changes_receiver(method.path, receiver.kind, kept=False):
            machine.change(frozenset((receiver,)), deep=True)
        if method.path in tables.STORES:
            receiver.hold("[]", given)


def _position(obj: Obj) -> str:
    return repr(obj.key)


def sketch(machine: Machine, function: Obj, given: Value = EMPTY) -> None:
    """Take the function, and those it calls, to read and change all that they can get at.

    That is more than they do, as a rule: for calls that are not walked because there are too many.
    """
    seen = machine.sketched
    stack, within_reach = [function], given
    while stack:
        current = stack.pop()
        if current.node is None or current.node in seen:
            continue
        seen.add(current.node)
        for name in free_names(machine, current.node):
            version = machine.space.get(name)
            if version is not None and version.kind != "deleted":
                machine.note_read(version)
                within_reach |= version.value
                stack.extend(obj for obj in version.value if obj.kind == "function")
    machine.change(frozenset(o for o in within_reach if o.kind not in _DEFINED), deep=True)


def free_names(machine: Machine, node: ast.AST) -> list[str]:
    """Return the names that a function mentions and does not bind, inner functions included."""
    bound = scope_of(node).bound
    names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    return [name for name in dict.fromkeys(names) if name not in bound]
