"""Remembers the walk of every cell, so that only what an edit touches is walked again.

The walk of a cell is a function of the cell and of what it looks at: names, objects, the mode. A
visit keeps both sides. To compile again is to go back to the first cell that differs and forward
again: a cell whose visit fits what is there now is not walked, what it left is put in place. A cell
that is walked and leaves what it left before changes nothing for those below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbprism.compiler.activities import Activities
from nbprism.compiler.assembly import Assembly
from nbprism.compiler.flow import CodeCell, Flow
from nbprism.compiler.machine import Machine
from nbprism.compiler.records import Version
from nbprism.compiler.tracked import put_to_sleep
from nbprism.compiler.visits import Visit

MOST_VISITS = 2
"""Visits kept of each cell: the last, and the one before, which an undone edit needs again."""
GROWTH, SPARE = 3, 10_000
"""How much is kept, by the size of the first walk, before all is forgotten: some 1,000 edits."""


class History:
    """The walks of one notebook, which changes from time to time."""

    def __init__(self) -> None:
        self.walked = 0
        """Cells that the last `walk` really walked."""
        self.activities, self.assembly = Activities(), Assembly()
        self.result: tuple[Sequence[CodeCell], Flow] | None = None
        """The last cells, and what came of them."""
        self._room: int | None = None
        """How much may be remembered, from the first walk on."""
        self._machine = Machine()
        self._done: list[Visit] = []
        self._visits: dict[str, list[Visit]] = {}

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
        self._go_back(_common(self._done, cells))
        for cell in cells[len(self._done) :]:
            self._done.append(self._again(cell) or self._first(cell))

    @property
    def versions(self) -> Mapping[str, Version]:
        """Every name's version at the end of the notebook."""
        return self._machine.space.last()

    def _go_back(self, number: int) -> None:
        """Make the state what it was after so many cells."""
        while len(self._done) > number:
            self._done.pop().undo(self._machine)

    def _again(self, cell: CodeCell) -> Visit | None:
        """Do what a walk of the cell would do, if it is known."""
        visits = self._visits.get(cell.id, [])
        for visit in visits:
            if visit.fits(cell, self._machine):
                visit.redo(self._machine)
                if visit is not visits[0] or visit.cell != cell:
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
        self.activities, self.assembly = Activities(), Assembly()
        self._done, self._visits = [], {}
        self.result = None


def _common(done: Sequence[Visit], cells: Sequence[CodeCell]) -> int:
    """Return how many cells at the start are what they were."""
    for number, (visit, cell) in enumerate(zip(done, cells, strict=False)):
        if visit.cell != cell:
            return number
    return min(len(done), len(cells))
