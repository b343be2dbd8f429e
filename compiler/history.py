"""Remembers the walk of every cell, so that only what an edit touches is walked again.

The walk of a cell is a function of the cell and of what it looks at: names, objects, the mode. A
visit keeps both sides. To compile again is to go back to the first cell that differs and forward
again: a cell whose visit fits what is there now is not walked, what it left is put in place. A cell
that is walked and leaves what it left before changes nothing for those below it, and they are not
even asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbprism.compiler.flow import CodeCell, Flow
from nbprism.compiler.incremental.activities import Activities
from nbprism.compiler.incremental.below import Below
from nbprism.compiler.incremental.drift import Drift
from nbprism.compiler.incremental.reach import Reach
from nbprism.compiler.incremental.stretch import LENGTH, Stretch
from nbprism.compiler.incremental.visits import Visit
from nbprism.compiler.linking.assembly import Assembly
from nbprism.compiler.linking.linker import Quiet
from nbprism.compiler.walk.machine import Machine
from nbprism.compiler.walk.records import Version
from nbprism.compiler.walk.tracked import put_to_sleep

MOST_VISITS = 2
"""Visits kept of each cell: the last, and the one before, which an undone edit needs again."""
GROWTH, SPARE = 3, 10_000
"""How much is kept, by the size of the first walk, before all is forgotten: some 1,000 edits."""


class History:
    """The walks of one notebook, which changes from time to time."""

    def __init__(self) -> None:
        self.walked = 0
        """Cells that the last `walk` really walked."""
        self.activities, self.assembly, self.reach = Activities(), Assembly(), Reach()
        self.result: tuple[Sequence[CodeCell], Flow] | None = None
        """The last cells, and what came of them."""
        self._quiet: tuple[object, Quiet] = None, {}
        self._room: int | None = None
        """How much may be remembered, from the first walk on."""
        self._machine = Machine()
        self._done: list[Visit] = []
        self._visits: dict[str, list[Visit]] = {}
        self._stretches: dict[int, Stretch] = {}
        """By the number of the first cell."""

    def recall(self, cells: Sequence[CodeCell]) -> Flow | None:
        """Return the last result if the code is the same: text and settings are edited too."""
        if self.result is None or self.result[0] != cells:
            return None
        self.walked = 0
        return self.result[1]

    def walk(self, cells: Sequence[CodeCell]) -> list[Visit]:
        """Return a visit of every cell, in this order, walking those that need it."""
        if self._room is not None and len(self._machine) > self._room:
            self._forget()
        try:
            self._walk(cells)
        except BaseException:
            self._forget()
            raise
        if self._room is None:
            self._room = GROWTH * len(self._machine) + SPARE
        return self._done

    def _walk(self, cells: Sequence[CodeCell]) -> None:
        self.walked = 0
        below = Below(self._go_back(_common(self._done, cells)))
        drift, space = Drift(), self._machine.space
        while len(self._done) < len(cells):
            if (stretch := self._unconcerned(cells, below, drift)) is not None:
                stretch.redo(self._machine)
                self._done += below.take(len(stretch.visits))
                continue
            cell = cells[len(self._done)]
            for gone in below.above(cell.id):
                drift.pass_by(gone, None, space.last())
            then = below.take_one(cell.id)
            now = self._again(cell, then, drift) or self._first(cell)
            self._done.append(now)
            drift.pass_by(then, now, space.last())
        for gone in below.rest():
            drift.pass_by(gone, None, space.last())
        self.reach.forget(drift.stirred)
        self._stretch_out()

    @property
    def quiet(self) -> Quiet:
        """Steps of which that is known, unless objects changed or cells moved since."""
        holds = self.reach.age, [visit.cell.id for visit in self._done]
        if self._quiet[0] != holds:
            self._quiet = holds, {}
        return self._quiet[1]

    @property
    def versions(self) -> Mapping[str, Version]:
        """Every name's version at the end of the notebook."""
        return self._machine.space.last()

    def _go_back(self, number: int) -> list[Visit]:
        """Make the state what it was after so many cells; return the visits below."""
        end = len(self._done)
        while end > number:
            start = (end - 1) // LENGTH * LENGTH
            if start >= number:
                self._stretches[start].undo(self._machine)
            else:
                start = end - 1
                self._done[start].undo(self._machine)
            end = start
        undone = self._done[number:]
        del self._done[number:]
        return undone

    def _stretch_out(self) -> None:
        """Put the visits into stretches; those that are as they were stay."""
        known, self._stretches = self._stretches, {}
        for start in range(0, len(self._done), LENGTH):
            visits, same = self._done[start : start + LENGTH], known.get(start)
            if same is None or same.visits != visits:
                same = Stretch(visits)
            self._stretches[start] = same

    def _unconcerned(self, cells: Sequence[CodeCell], below: Below, drift: Drift) -> Stretch | None:
        """Return the cells that come next, if they and all they looked at are what they were."""
        start = len(self._done)
        stretch = self._stretches.get(start)
        if stretch is None or not below.begins_with(stretch.visits):
            return None
        same = (
            [visit.cell for visit in stretch.visits] == cells[start : start + len(stretch.visits)]
            and stretch.visits[0].before == self._machine.mode
            and not drift.concerns_any(stretch)
        )
        return stretch if same else None

    def _again(self, cell: CodeCell, then: Visit | None, drift: Drift) -> Visit | None:
        """Do what a walk of the cell would do, if it is known."""
        visits = self._visits.get(cell.id, [])
        for visit in visits:
            same = visit.is_of(cell, self._machine)
            if same and (
                (visit is then and not drift.concerns(visit)) or visit.fits(self._machine)
            ):
                visit.redo(self._machine)
                if visit is not visits[0] or (visit.cell is not cell and visit.cell != cell):
                    visit.stand(cell)
                    self._keep(visit)
                return visit
        return None

    def _first(self, cell: CodeCell) -> Visit:
        self.walked += 1
        machine, before = self._machine, self._machine.mode
        statements = machine.walk(cell)
        known = [visit.objects.left() for visit in self._visits.get(cell.id, ())]
        visit = Visit(
            cell,
            before,
            machine.mode,
            machine.space.noted(),
            put_to_sleep(machine.heap.awake, known),
            machine.heap.ledger.close(),
            statements,
            machine.configuration,
            machine.activity,
            machine.findings,
        )
        self._keep(visit)
        return visit

    def _keep(self, visit: Visit) -> None:
        others = [known for known in self._visits.get(visit.cell.id, ()) if known is not visit]
        self._visits[visit.cell.id] = [visit, *others[: MOST_VISITS - 1]]

    def _forget(self) -> None:
        """Begin anew."""
        self._machine, self._room = Machine(), None
        self.activities, self.assembly, self.reach = Activities(), Assembly(), Reach()
        self._done, self._visits, self._stretches = [], {}, {}
        self.result, self._quiet = None, (None, {})


def _common(done: Sequence[Visit], cells: Sequence[CodeCell]) -> int:
    """Return how many cells at the start are what they were."""
    for number, (visit, cell) in enumerate(zip(done, cells, strict=False)):
        if visit.cell != cell:
            return number
    return min(len(done), len(cells))
