"""What each step did: what its cells did, in notebook order."""

from __future__ import annotations

from collections.abc import Iterable

from nbprism.compiler.metrics import metric_names
from nbprism.compiler.records import Activity
from nbprism.compiler.visits import Visit


def activities_of(visits: Iterable[Visit]) -> dict[str, Activity]:
    """Return what each step did, by step, and number all statements."""
    found: dict[str, Activity] = {}
    order = 0
    for visit in visits:
        first = order
        for statement in visit.statements:
            statement.order = order
            order += 1
        cell = visit.cell
        if cell.step is None or visit.activity is None:
            continue
        activity = found.get(cell.step)
        if activity is None:
            activity = found[cell.step] = Activity(cell.step, first)
        activity.add(cell, visit.activity, order - 1)
        if cell.role == "metrics":
            activity.metrics.update(dict.fromkeys(metric_names(cell.source)))
    return found
