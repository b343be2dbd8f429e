"""What each step did: what its cells did, in notebook order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbprism.compiler.metrics import metric_names
from nbprism.compiler.records import Activity, CellActivity, Read
from nbprism.compiler.visits import Visit

Done = tuple[Sequence[Visit], Activity]


class Activities:
    """What the steps of one notebook did; a step whose cells did the same again is known."""

    def __init__(self) -> None:
        self._known: dict[str, Done] = {}

    def of(self, visits: Iterable[Visit]) -> dict[str, Activity]:
        """Return what each step did, by step, and number all statements."""
        steps: dict[str, list[Visit]] = {}
        bounds: dict[str, tuple[int, int]] = {}
        order = 0
        for visit in visits:
            first = order
            for statement in visit.statements:
                statement.order = order
                order += 1
            step = visit.cell.step
            if step is not None:
                steps.setdefault(step, []).append(visit)
                bounds[step] = (bounds.get(step, (first, 0))[0], order - 1)
        self._known = {step: self._done(step, visits) for step, visits in steps.items()}
        return {step: _placed(done, *bounds[step]) for step, done in self._known.items()}

    def _done(self, step: str, visits: Sequence[Visit]) -> Done:
        known = self._known.get(step)
        # Visits are equal only to themselves.
        return known if known is not None and known[0] == visits else (visits, _sum(step, visits))


def _placed(done: Done, first: int, last: int) -> Activity:
    """Return the activity where the step's cells are now."""
    visits, activity = done
    activity.cells = [visit.cell for visit in visits]
    activity.first, activity.last = first, last
    # One cell alone sees nothing that is made while it runs.
    activity.overtaken = list(_overtaken(visits, activity)) if len(visits) > 1 else ()
    return activity


def _overtaken(visits: Sequence[Visit], activity: Activity) -> Iterable[Read]:
    for visit in visits:
        for read in visit.activity.reads.values() if visit.activity is not None else ():
            made = activity.made.get(read.version.name)
            if made is not None and read.version.statement.order > made.order:
                yield read


def _sum(step: str, visits: Sequence[Visit]) -> Activity:
    activity = Activity(step)
    for visit in visits:
        if visit.activity is not None:
            _add(activity, visit.activity)
        if visit.cell.role == "metrics":
            activity.metrics.update(dict.fromkeys(metric_names(visit.cell.source)))
    return activity


def _add(activity: Activity, done: CellActivity) -> None:
    for read in done.reads.values():
        reads = activity.reads.setdefault(read.version.name, [])
        if all(known.version is not read.version for known in reads):
            reads.append(read)
    activity.made = done.made | activity.made
    activity.remembered = done.remembered | activity.remembered
    activity.draws = done.draws | activity.draws
    activity.files |= done.files
    activity.latest |= done.latest
    activity.modules |= done.modules
    activity.mutations += done.mutations
