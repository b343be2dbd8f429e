"""What each step did: what its cells did, in notebook order."""

from __future__ import annotations

from collections.abc import Sequence

from nbprism.compiler.code.metrics import metric_names
from nbprism.compiler.incremental.visits import Visit
from nbprism.compiler.walk.records import Activity, CellActivity, Read

Done = tuple[Sequence[Visit], Activity]
ROOM = 2**32
"""Numbers for the statements of a cell: a line more in it leaves the numbers of all others."""


class Activities:
    """What the steps of one notebook did; a step whose cells did the same again is known."""

    def __init__(self) -> None:
        self._known: dict[str, Done] = {}
        self._order: list[str] = []
        """Ids of the cells, as they were."""

    def of(self, visits: Sequence[Visit]) -> dict[str, Activity]:
        """Return what each step did, by step, and number all statements."""
        steps: dict[str, list[Visit]] = {}
        bounds: dict[str, tuple[int, int]] = {}
        for position, visit in enumerate(visits):
            if visit.position != position:
                _number(visit, position)
            step = visit.cell.step
            if step is not None:
                first, last = position * ROOM, position * ROOM + len(visit.statements) - 1
                steps.setdefault(step, []).append(visit)
                bounds[step] = (bounds[step][0] if step in bounds else first, last)
        order = [visit.cell.id for visit in visits]
        moved, self._order = order != self._order, order
        known = self._known
        self._known = {step: _done(known.get(step), step, of) for step, of in steps.items()}
        for step, (of, activity) in self._known.items():
            activity.cells = [visit.cell for visit in of]
            activity.first, activity.last = bounds[step]
            # Which statement is below which is a matter of the order of the cells alone.
            if moved or step not in known or known[step][1] is not activity:
                activity.overtaken = _overtaken(of, activity)
        return {step: activity for step, (_, activity) in self._known.items()}


def _done(known: Done | None, step: str, visits: Sequence[Visit]) -> Done:
    # Visits are equal only to themselves.
    return known if known is not None and known[0] == visits else (visits, _sum(step, visits))


def _number(visit: Visit, position: int) -> None:
    visit.position = position
    for order, statement in enumerate(visit.statements, position * ROOM):
        statement.order = order


def _overtaken(visits: Sequence[Visit], activity: Activity) -> Sequence[Read]:
    # One cell alone sees nothing that is made while it runs.
    return [
        read
        for visit in visits
        if visit.activity is not None and len(visits) > 1
        for read in visit.activity.reads.values()
        if (made := activity.made.get(read.version.name)) is not None
        and read.version.statement.order > made.order
    ]


def _sum(step: str, visits: Sequence[Visit]) -> Activity:
    activity = Activity(step)
    for visit in visits:
        if visit.activity is not None:
            _add(activity, visit.activity)
        if visit.cell.role == "metrics":
            activity.metrics.update(dict.fromkeys(metric_names(visit.cell.source)))
    activity.again = [read for reads in activity.reads.values() for read in reads[1:]]
    return activity


def _add(activity: Activity, done: CellActivity) -> None:
    for read in done.reads.values():
        reads = activity.reads.setdefault(read.version.name, [])
        if all(known.version is not read.version for known in reads):
            reads.append(read)
    activity.made = done.made | activity.made
    activity.remembered = done.remembered | activity.remembered
    activity.draws = done.draws | activity.draws
    activity.restarts = done.restarts | activity.restarts
    activity.files |= done.files
    activity.latest |= done.latest
    activity.modules |= done.modules
    activity.mutations += done.mutations
