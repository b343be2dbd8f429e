"""What expressions mean: which objects they hand on, read, make or change."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from nbprism.compiler.walk import classes, dynamic, functions, iteration, protocols, targets
from nbprism.compiler.walk.frames import Frame, scope_of
from nbprism.compiler.walk.heap import ANY, EMPTY, Kind, Obj, Value, union
from nbprism.compiler.walk.library import generators, paths, tables, windows
from nbprism.compiler.walk.machine import Exit, Machine

SEQUENCES: dict[type[ast.AST], Kind] = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}
MASK = "a mask"
"""Path of an array of truths, which chooses a copy."""
LONGEST_TEXT = 2000
"""Characters of a string that is remembered as what it says."""


def meaning(*types: type[ast.AST]) -> Callable[[Callable[[Machine, Any], Value]], Any]:
    """Register the function as what these nodes mean."""

    def register(function: Callable[[Machine, Any], Value]) -> Callable[[Machine, Any], Value]:
        for kind in types:
            Machine.expressions[kind] = function
        return function

    return register


@meaning(ast.Name)
def _name(machine: Machine, node: ast.Name) -> Value:
    machine.at(node)
    return machine.load(node.id)


@meaning(ast.Constant)
def _constant(machine: Machine, node: ast.Constant) -> Value:
    if isinstance(node.value, str) and len(node.value) < LONGEST_TEXT:
        return frozenset((machine.heap.text(node.value),))
    return EMPTY


@meaning(ast.FormattedValue)
def _formatted(machine: Machine, node: ast.FormattedValue) -> Value:
    value = machine.value(node.value)
    protocols.converted(machine, value, "format", node)
    machine.value(node.format_spec)
    plain = node.format_spec is None and node.conversion in (-1, ord("s"))
    return value if plain and paths.patterns(value) else EMPTY


@meaning(ast.UnaryOp)
def _unary(machine: Machine, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        truth(machine, node.operand)
        return EMPTY
    return protocols.signed(machine, machine.value(node.operand), node.op, node)


def truth(machine: Machine, node: ast.expr) -> Value:
    """Return what a condition stands for; asking for its truth runs methods of instances."""
    value = machine.value(node)
    for obj in value:
        for name in ("__bool__", "__len__"):
            classes.call_method(machine, obj, name, node, EMPTY)
    return value


def hashed(machine: Machine, value: Value, node: ast.AST) -> None:
    """Walk what putting instances into a set or under a key of a dictionary calls."""
    for obj in value:
        if obj.kind == "instance":
            classes.call_method(machine, obj, "__hash__", node, EMPTY)


@meaning(ast.JoinedStr)
def _joined_text(machine: Machine, node: ast.JoinedStr) -> Value:
    parts = [machine.value(part) for part in node.values]
    return paths.strings(machine, parts)


@meaning(ast.Slice)
def _parts(machine: Machine, node: ast.AST) -> Value:
    for child in ast.iter_child_nodes(node):
        protocols.indexed(machine, machine.value(child), node)
    return EMPTY


@meaning(ast.List, ast.Tuple, ast.Set)
def _sequence(machine: Machine, node: ast.List | ast.Tuple | ast.Set) -> Value:
    obj = machine.new(node, SEQUENCES[type(node)])
    for index, item in enumerate(node.elts):
        if isinstance(item, ast.Starred):
            obj.hold(ANY, iteration.elements(machine, machine.value(item.value), item))
        else:
            obj.hold(f"i:{index}", machine.value(item))
    if isinstance(node, ast.Set):
        hashed(machine, obj.contents(), node)
    return frozenset((obj,))


@meaning(ast.Dict)
def _dict(machine: Machine, node: ast.Dict) -> Value:
    obj = machine.new(node, "dict")
    for key, item in zip(node.keys, node.values, strict=True):
        if key is None:
            for source in machine.value(item):
                obj.hold(ANY, source.contents())
            continue
        hashed(machine, machine.value(key), node)
        obj.hold(field_of(key), machine.value(item))
    return frozenset((obj,))


@meaning(ast.BinOp)
def _binary(machine: Machine, node: ast.BinOp) -> Value:
    # `a + b + c + ...` nests to the left, and may be longer than Python's stack.
    chain = [node]
    while isinstance(left := chain[-1].left, ast.BinOp):
        chain.append(left)
    value = machine.value(chain[-1].left)
    for current in reversed(chain):
        right = machine.value(current.right)
        if current in machine.discarded and isinstance(current.op, (ast.LShift, ast.RShift)):
            machine.change(value)
        text = paths.added(machine, current, value, right)
        both = value | right
        value = text if text is not None else combined(machine, current, both, current.op)
    return value


def combined(machine: Machine, node: ast.AST, both: Value, op: ast.AST) -> Value:
    """Return what an operator makes of two values: something new, that may hold their elements."""
    if isinstance(op, ast.Mod) and any(obj.kind == "str" for obj in both):
        protocols.converted(machine, both, "str", node)
        dynamic.note_namespace(machine, both, both)
    result = protocols.operator(machine, both, [op], node)
    kinds = {obj.kind for obj in both}
    for kind in ("frame", "array", "unknown", "object"):
        if kind in kinds:
            return result | machine.fresh(node, kind, "op")
    for kind in ("list", "tuple", "set", "dict"):
        if kind in kinds:
            obj = machine.new(node, kind, "op")
            obj.hold(ANY, union(part.contents() for part in both))
            return result | {obj}
    return result


@meaning(ast.Compare)
def _compare(machine: Machine, node: ast.Compare) -> Value:
    values = [machine.value(node.left), *map(machine.value, node.comparators)]
    for right, op in zip(values[1:], node.ops, strict=True):
        if isinstance(op, (ast.In, ast.NotIn)):
            iteration.elements(machine, right, node)
            _membership(machine, node, right)
        if isinstance(op, (ast.Is, ast.IsNot)):
            machine.compare_identity(union(values))
    both = union(values)
    result = protocols.operator(machine, both, node.ops, node)
    kinds = {obj.kind for obj in both}
    kind = next((kind for kind in ("frame", "array", "unknown") if kind in kinds), None)
    if kind is None:
        return result
    return result | {machine.new(node, kind, "cmp", MASK if kind == "array" else "")}


def _membership(machine: Machine, node: ast.Compare, right: Value) -> None:
    """`'x' in globals()` reads `x` if it is there."""
    if isinstance(node.left, ast.Constant) and any(obj.path == "namespace" for obj in right):
        machine.load_if_bound(str(node.left.value))


@meaning(ast.BoolOp)
def _boolean(machine: Machine, node: ast.BoolOp) -> Value:
    first, *rest = node.values
    found = [truth(machine, first)]
    for operand in rest:
        found.append(conditional(machine, [operand]))
    return union(found)


@meaning(ast.IfExp)
def _choice(machine: Machine, node: ast.IfExp) -> Value:
    truth(machine, node.test)
    return conditional(machine, [node.body, node.orelse])


def conditional(machine: Machine, nodes: list[ast.expr]) -> Value:
    """Return what one of the expressions may give; a single one may also not be evaluated."""
    found: list[Value] = []

    def branch(node: ast.expr) -> Callable[[], Exit]:
        def body() -> Exit:
            found.append(machine.value(node))
            return Exit.NEXT

        return body

    bodies = [branch(node) for node in nodes]
    machine.either(bodies if len(bodies) > 1 else [*bodies, lambda: Exit.NEXT])
    return union(found)


@meaning(ast.NamedExpr)
def _walrus(machine: Machine, node: ast.NamedExpr) -> Value:
    value = machine.value(node.value)
    machine.store(node.target.id, value, node, walrus=True)
    return value


@meaning(ast.Attribute)
def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    return attribute(machine, machine.value(node.value), node.attr, node)


def attribute(machine: Machine, value: Value, name: str, node: ast.AST) -> Value:
    """Return what `value.name` may stand for."""
    return union(_attribute_of(machine, obj, name, node) for obj in value)


def _attribute_of(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    match obj.kind:
        case "lib":
            machine.note_module(obj.path)
            return frozenset((machine.heap.library(f"{obj.path}.{name}"),))
        case "instance" | "class" | "super":
            return classes.attribute(machine, obj, name, node)
        case "frame":
            return windows.of_frame(machine, obj, name, node)
        case "array":
            same = name in ("T", "flat", "real", "imag")
            return frozenset((obj,)) if same else bound_method(machine, obj, name)
        case (
            "str"
            | "pattern"
            | "tuple"
            | "list"
            | "dict"
            | "set"
            | "bound"
            | "generator"
            | "iterator"
        ):
            return bound_method(machine, obj, name)
        case "function":
            return obj.fields.get(name, EMPTY)
    if name in tables.ANY_MUTATOR or generators.is_drawn(obj, name):
        return bound_method(machine, obj, name)
    is_path = paths.is_path(obj)
    return paths.attribute(machine, obj, name, node) if is_path else machine.heap.part(obj, name)


def bound_method(machine: Machine, obj: Obj, name: str) -> Value:
    """Return `items.append` as a value: whoever calls it later changes the object."""
    made = machine.heap.make(("method", obj.key, name), "bound", name)
    made.hold("self", frozenset((obj,)))
    return frozenset((made,))


@meaning(ast.Subscript)
def _subscript(machine: Machine, node: ast.Subscript) -> Value:
    value = machine.value(node.value)
    index = machine.value(node.slice)
    protocols.indexed(machine, index, node)
    named = literal_names(machine, value, index, node)
    masked = any(obj.path == MASK for obj in index)
    return named | union(_item(machine, obj, node, masked=masked) for obj in value)


def literal_names(machine: Machine, value: Value, index: Value, node: ast.Subscript) -> Value:
    """Return what `globals()['x']` stands for."""
    if not any(obj.path == "namespace" for obj in value):
        return EMPTY
    texts = [obj.path for obj in index if obj.kind == "str"]
    if not texts:
        machine.findings.dynamic_code(machine, "`globals()` with a computed name", node)
    return union(machine.load_global(text) for text in texts)


def _item(machine: Machine, obj: Obj, node: ast.Subscript, *, masked: bool) -> Value:
    if obj.kind in ("str", "pattern", "function", "bound"):
        return EMPTY
    if obj.kind in ("list", "set", "tuple", "dict"):
        return _item_of_container(machine, obj, node)
    if obj.kind in ("instance", "class"):
        part = machine.heap.part(obj, "[]")
        return classes.call_method(machine, obj, "__getitem__", node, part)
    if obj.kind == "frame":
        return windows.selection(machine, obj, node)
    masked = masked or isinstance(node.slice, (ast.Compare, ast.List, ast.BoolOp, ast.UnaryOp))
    if obj.kind == "array" and masked:
        return machine.fresh(node, "array", "mask")
    # A slice of an array, or of what may be one, is a window into the same memory.
    if obj.kind in ("array", "lib") or isinstance(node.slice, ast.Slice):
        return frozenset((obj,))
    return machine.heap.part(obj, field_of(node.slice))


def _item_of_container(machine: Machine, obj: Obj, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        return copied(machine, obj, node)
    if obj.path in tables.GROWS_WHEN_READ:
        machine.change(frozenset((obj,)))
        obj.hold("[]", functions.call_carried(machine, obj.fields.get("factory", EMPTY), EMPTY))
    return obj.contents() if obj.kind in ("list", "set") else keyed(obj, node.slice)


def keyed(obj: Obj, index: ast.expr) -> Value:
    """Return what a tuple or dict may hold under that index."""
    name = field_of(index)
    return obj.contents() if name == "[]" else obj.held(name) | obj.fields.get("[]", EMPTY)


def copied(machine: Machine, obj: Obj, node: ast.AST) -> Value:
    """Return a shallow copy."""
    copy = machine.new(node, obj.kind, "copy")
    copy.hold(ANY, obj.contents())
    return frozenset((copy,))


def field_of(index: ast.expr) -> str:
    """Return the field that an index or key stands for; `[]` if it is not a constant."""
    if isinstance(index, ast.Constant):
        if isinstance(index.value, int) and index.value >= 0:
            return f"i:{index.value}"
        if isinstance(index.value, str):
            return f"k:{index.value}"
    return "[]"


@meaning(ast.Lambda)
def _lambda(machine: Machine, node: ast.Lambda) -> Value:
    loosen(machine, node.body)
    return frozenset((functions.make(machine, node),))


@meaning(ast.ListComp, ast.SetComp, ast.DictComp)
def _comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.DictComp) -> Value:
    kinds: dict[type[ast.AST], Kind] = {ast.ListComp: "list", ast.SetComp: "set"}
    made = machine.new(node, kinds.get(type(node), "dict"))
    first = iteration.elements(machine, machine.value(node.generators[0].iter), node)
    made.hold(ANY, comprehend(machine, node, first))
    return frozenset((made,))


@meaning(ast.GeneratorExp)
def _generator(machine: Machine, node: ast.GeneratorExp) -> Value:
    made = machine.new(node, "generator", path="a generator")
    # The first iterable is evaluated at once, everything else when the generator is consumed.
    made.hold("first", machine.value(node.generators[0].iter))
    made.node, made.frame = node, machine.frame
    return frozenset((made,))


def comprehend(machine: Machine, node: Any, first: Value) -> Value:
    """Return the elements that a comprehension makes, given the first iterable's elements."""
    frame = Frame("comprehension", scope_of(node), machine.frame)
    found: list[Value] = []

    def body() -> Exit:
        for index, part in enumerate(node.generators):
            items = (
                first
                if index == 0
                else iteration.elements(machine, machine.value(part.iter), part.iter)
            )
            targets.assign(machine, part.target, items, part.iter)
            for test in part.ifs:
                truth(machine, test)
        found.append(_element(machine, node))
        return Exit.NEXT

    with machine.within(frame):
        machine.maybe(body)
    return union(found)


def _element(machine: Machine, node: Any) -> Value:
    if isinstance(node, ast.DictComp):
        machine.value(node.key)
        return machine.value(node.value)
    loosen(machine, node.elt)
    return machine.value(node.elt)


@meaning(ast.Await)
def _await(machine: Machine, node: ast.Await) -> Value:
    value = machine.value(node.value)
    return value | protocols.entered(machine, value, ("__await__",), node)


@meaning(ast.Yield)
def _yield(machine: Machine, node: ast.Yield) -> Value:
    functions.give(machine, machine.value(node.value))
    return EMPTY


@meaning(ast.YieldFrom)
def _yield_from(machine: Machine, node: ast.YieldFrom) -> Value:
    given = iteration.elements(machine, machine.value(node.value), node)
    functions.give(machine, given)
    return given


@meaning(ast.Starred)
def _starred(machine: Machine, node: ast.Starred) -> Value:
    return iteration.elements(machine, machine.value(node.value), node)


def loosen(machine: Machine, node: ast.AST) -> None:
    """Note that nothing is done with the expression's result: it is evaluated for its effect."""
    stack = [node]
    while stack:
        inner = stack.pop()
        machine.discarded.add(inner)
        match inner:
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
                stack.extend(parts)
            case ast.IfExp(body=body, orelse=orelse):
                stack.extend((body, orelse))
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                stack.append(value)
