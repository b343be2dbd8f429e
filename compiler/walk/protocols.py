"""Methods of notebook classes that syntax and builtins call: operators, comparisons, protocols."""

from __future__ import annotations

import ast
from collections.abc import Collection

from nbprism.compiler.walk import classes, functions
from nbprism.compiler.walk.heap import EMPTY, Obj, Value, reach, union
from nbprism.compiler.walk.library.tables import CONTAINERS
from nbprism.compiler.walk.machine import Machine

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "and", ast.BitOr: "or",
    ast.BitXor: "xor", ast.LShift: "lshift", ast.RShift: "rshift", ast.Eq: "eq", ast.NotEq: "ne",
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
    ast.In: "contains", ast.NotIn: "contains",
}  # fmt: skip
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
"""Python asks the other side, and `total_ordering` and `!=` ask other comparisons."""
SHOWN = ("__str__", "__repr__", "__format__", "_repr_html_", "__len__", "__bool__", "__iter__")
_SIGNS: dict[type[ast.AST], str] = {
    ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__",
}  # fmt: skip
_CONVERSIONS = {
    "abs": "abs", "round": "round", "int": "int", "float": "float", "complex": "complex",
    "bytes": "bytes", "divmod": "divmod", "pow": "pow", "len": "len", "bool": "bool",
    "hash": "hash", "isinstance": "instancecheck", "issubclass": "subclasscheck",
}  # fmt: skip
"""Builtin -> the method that it calls."""
_SHOWING = frozenset({"str", "repr", "print", "format", "ascii", "display"})


def operator(machine: Machine, value: Value, ops: Collection[ast.AST], node: ast.AST) -> Value:
    """Return what the operators that instances define may return."""
    instances = [obj for obj in value if obj.kind == "instance"]
    if not instances:
        return EMPTY
    names = [
        f"__{name}__"
        for name in ("eq", "ne", "lt", "le", "gt", "ge")
        if any(isinstance(op, _COMPARISONS) for op in ops)
    ]
    names += [
        f"__{prefix}{_OPERATORS.get(type(op), '')}__" for op in ops for prefix in ("", "r", "i")
    ]
    return union(
        [
            classes.call_method(machine, obj, name, node, value)
            for obj in instances
            for name in names
        ]
    )


def compared(machine: Machine, value: Value, node: ast.AST) -> None:
    """Walk what putting instances in order calls."""
    for obj in value:
        for name in ("__lt__", "__gt__") if obj.kind == "instance" else ():
            classes.call_method(machine, obj, name, node, value)


def indexed(machine: Machine, value: Value, node: ast.AST) -> None:
    """Walk what using instances as an index calls."""
    for obj in value:
        if obj.kind == "instance":
            classes.call_method(machine, obj, "__index__", node, EMPTY)


def shown(machine: Machine, value: Value, node: ast.AST) -> None:
    """Walk what printing, measuring or formatting an instance calls."""
    for obj in value:
        if obj.kind == "instance":
            for name in SHOWN:
                classes.call_method(machine, obj, name, node, EMPTY)


def signed(machine: Machine, value: Value, op: ast.unaryop, node: ast.AST) -> Value:
    """Return what a sign before an instance gives."""
    name = _SIGNS.get(type(op), "")
    return union(classes.call_method(machine, obj, name, node, EMPTY) for obj in _instances(value))


def converted(machine: Machine, value: Value, builtin: str, node: ast.AST) -> None:
    """Walk what a builtin such as `round` calls of the instances it is given."""
    if builtin in _SHOWING:
        inside = reach(obj for obj in value if obj.kind in CONTAINERS)
        shown(machine, value | {obj for obj in inside if obj.kind == "instance"}, node)
    elif (name := _CONVERSIONS.get(builtin)) is not None:
        for obj in _instances(value):
            for method in (f"__{name}__", "__index__"):
                classes.call_method(machine, obj, method, node, value)


def entered(machine: Machine, value: Value, names: Collection[str], node: ast.AST) -> Value:
    """Return what methods without arguments give, such as those of `with` and `await`."""
    found = (
        classes.call_method(machine, obj, name, node, EMPTY)
        for obj in _instances(value)
        for name in names
    )
    return union(list(found))


def enter(machine: Machine, obj: Obj, node: ast.AST) -> Value:
    """Return what a `with` statement names: of a generator, what it yields."""
    if obj.kind == "generator":
        return functions.consume(machine, obj, node)
    if obj.kind != "instance":
        return frozenset((obj,))
    return entered(machine, frozenset((obj,)), ("__enter__", "__aenter__"), node)


def spread(machine: Machine, value: Value, node: ast.AST) -> None:
    """Walk what `**mapping` calls of an instance."""
    entered(machine, value, ("keys", "__getitem__"), node)


def _instances(value: Value) -> list[Obj]:
    return [obj for obj in value if obj.kind == "instance"]
