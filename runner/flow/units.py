"""The units of a run by name: those of its plan, and those of the items of a list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbprism.compiler.plan import Plan, Unit
from nbprism.runner.flow.children import index_of, parent_of


class Units(dict[str, Unit]):
    """Name -> unit; those of items are made when they are asked for."""

    def __missing__(self, name: str) -> Unit:
        step, index = parent_of(name), index_of(name)
        if step is None or index is None:
            raise KeyError(name)
        made = self[name] = _unit_of_item(self[step], name, index)
        return made


def units_of(plan: Plan) -> Units:
    """Return the units of a plan by name."""
    return Units((unit.step, unit) for unit in plan.units)


def _unit_of_item(unit: Unit, name: str, index: int) -> Unit:
    """Return the unit of one item; an item that is known before the run is a parameter of it."""
    over = unit.items
    if over is None or over.source is not None:
        return replace(unit, step=name)
    value = over.values[index]
    return replace(
        unit,
        step=name,
        parameters={**unit.parameters, over.variable: value},
        fingerprint=_digest({"unit": unit.fingerprint, "item": value}),
    )


def _digest(value: Mapping[str, Any]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
