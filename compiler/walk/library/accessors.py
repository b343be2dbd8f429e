"""Accessors that the notebook gives frames: `df.geo`, once a class is registered as `geo`."""

from __future__ import annotations

import ast

from nbprism.compiler.walk import classes
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import EMPTY, Obj, Value
from nbprism.compiler.walk.machine import Machine

_REGISTERING = frozenset(
    f"pandas.api.extensions.register_{kind}_accessor" for kind in ("dataframe", "series", "index")
)


def register(machine: Machine, decorator: Obj, value: Value) -> None:
    """Note the class that `@register_dataframe_accessor("geo")` decorates."""
    if decorator.path in _REGISTERING:
        for name in (obj.path for obj in decorator.contents() if obj.kind == "str"):
            _known(machine).hold(name, value)


def of_frame(machine: Machine, frame: Obj, name: str, node: ast.AST) -> Value:
    """Return the accessor of that name, made anew, if the notebook registered one."""
    if not (made_by := _known(machine).fields.get(name, EMPTY)):
        return EMPTY
    given = Arguments((frozenset((frame,)),))
    found: Value = EMPTY
    for cls in (obj for obj in made_by if obj.kind == "class"):
        # Nothing at this place says so, but the step needs the class to have been registered.
        machine.load_if_bound(str(getattr(cls.node, "name", "")))
        found |= classes.instantiate(machine, cls, given, node)
    return found


def _known(machine: Machine) -> Obj:
    return machine.heap.make("accessors", "scope")
