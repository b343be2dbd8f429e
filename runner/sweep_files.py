"""Whether the points of a sweep get in each other's way: they all work in one folder.

Told from the first point, which is led alone. A file whose name says for which values of the swept
parameters it is belongs to one point; under any other name the points would write over one another,
and a step could read what another point wrote.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nbprism.compiler.plan import Plan
from nbprism.runner import layout
from nbprism.runner.flow.rules import rules_of
from nbprism.runner.store import RunFolder


def swept(points: Collection[Plan]) -> frozenset[str]:
    """Return the parameters that do not have the same value in all points."""
    values: dict[str, set[str]] = {}
    for plan in points:
        for name, value in plan.parameters.items():
            values.setdefault(name, set()).add(json.dumps(value, sort_keys=True))
    return frozenset(name for name, found in values.items() if len(found) > 1)


def in_the_way(run: RunFolder, plan: Plan, parameters: Collection[str]) -> str | None:
    """Return why other points must not run at the same time as this one, which has ended; or None.

    Args:
        run: The run of one point.
        plan: Its plan.
        parameters: The parameters that are swept.
    """
    rules = rules_of(plan)
    reads = {unit.step: parameters & unit.parameters.keys() for unit in plan.units}
    for unit in plan.units:
        before = rules.all_before(unit.step)
        decisive = frozenset().union(*(reads[step] for step in before))
        if not decisive:
            continue  # computed once, for all points
        manifests = list(_manifests(run, unit.step))
        if not manifests:
            return f"step '{unit.step}' did not run, so it is not known which files it writes"
        values = [str(plan.parameters[name]) for name in decisive]
        for name in _touched(manifests):
            if not all(value in name for value in values):
                return f"step '{unit.step}' writes {name} at every point"
    return None


def _touched(manifests: Collection[Mapping[str, Any]]) -> Iterator[str]:
    for manifest in manifests:
        files = manifest.get("files", {})
        yield from (*files.get("written", ()), *files.get("removed", ()))


def _manifests(run: RunFolder, step: str) -> Iterator[Mapping[str, Any]]:
    """Yield the manifest of a step, and of each of its units if it goes over a list."""
    for place in (run.manifest_path(step), *layout.manifests_of_items(run.path, step)):
        try:
            yield json.loads(place.read_bytes())
        except (OSError, ValueError):
            return
