"""Reads what items a step has to go over, and publishes the outputs of its units as its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbprism.compiler.plan import Unit
from nbprism.runner.errors import ItemsInvalid
from nbprism.runner.files import write_atomically
from nbprism.runner.manifests import told_outputs
from nbprism.runner.store import RunFolder
from nbprism.runner.unit import items


def labels(run: RunFolder, unit: Unit, takes: Mapping[str, str]) -> tuple[str, ...]:
    """Return a short text for each item that the step goes over.

    Args:
        run: The run.
        unit: The step.
        takes: Inputs that it takes from a step that changed them in place, unforeseen, by name.

    Raises:
        ItemsInvalid: there is no list, or it has more items than the step takes.
    """
    over = unit.items
    if over is None:
        raise ItemsInvalid(f"Step '{unit.step}' does not go over anything.")
    if over.source is None:
        return tuple(repr(value)[: items.LABEL] for value in over.values)
    source = takes.get(over.name, over.source)
    told = json.loads(run.manifest_path(source).read_text(encoding="utf-8"))
    return items.labels_of(told, over.name, unit.step, unit.settings.max_items)


def publish(run: RunFolder, unit: Unit, units: Sequence[str | None]) -> tuple[dict[str, Any], ...]:
    """Make the step's manifest from those of its units; return its outputs as events name them.

    Args:
        run: The run.
        unit: The step.
        units: The names of its units in order; None for one that gave nothing.
    """
    manifests = [
        None if name is None else json.loads(run.manifest_path(name).read_text(encoding="utf-8"))
        for name in units
    ]
    form = items.collected(unit.step, unit.outputs, manifests)
    write_atomically(run.manifest_path(unit.step), json.dumps(form, indent=1).encode())
    return tuple(told_outputs(form))
