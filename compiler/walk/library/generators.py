"""Random generators of one's own: drawing from one changes it, whoever draws."""

from __future__ import annotations

from nbprism.compiler.walk.heap import EMPTY, Obj, Value, reach
from nbprism.compiler.walk.library.tables import GENERATORS, UNDRAWN
from nbprism.compiler.walk.machine import Machine

_HOLDS = frozenset({"object", "unknown", "instance", "bound"})


def is_generator(obj: Obj) -> bool:
    """Return whether the object is a random generator that a library made."""
    return obj.kind == "object" and obj.path in GENERATORS


def is_drawn(obj: Obj, method: str) -> bool:
    """Return whether the method draws from the object, if it is a generator."""
    return is_generator(obj) and method not in UNDRAWN


def within(value: Value) -> Value:
    """Return the generators among the objects, and those that objects of libraries hold."""
    holding = [obj for obj in value if obj.kind in _HOLDS]
    if not holding:
        return EMPTY
    return frozenset(obj for obj in reach(holding) if is_generator(obj))


def draw(machine: Machine, value: Value) -> None:
    """Note that code nobody can see got the values: it may draw from the generators in them."""
    machine.change(within(value))
