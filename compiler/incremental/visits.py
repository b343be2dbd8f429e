"""One walk of one cell: what it looked at, what it left behind, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nbprism.compiler.flow import CodeCell
from nbprism.compiler.walk.findings import Findings
from nbprism.compiler.walk.heap import Obj
from nbprism.compiler.walk.holders import Holdings
from nbprism.compiler.walk.machine import Machine
from nbprism.compiler.walk.namespace import Names
from nbprism.compiler.walk.records import CellActivity, Mode, Statement
from nbprism.compiler.walk.tracked import Looks


@dataclass(eq=False, slots=True)
class Visit:
    """What the walk of one cell depends on and does: it can be done again without walking."""

    cell: CodeCell
    before: Mode
    after: Mode
    names: Names
    objects: Looks
    holdings: Holdings
    statements: Sequence[Statement]
    """As far as they are run: nothing follows a `raise`."""
    configuration: Sequence[Statement]
    activity: CellActivity | None
    """What it did for its step; None for a cell of setup."""
    findings: Findings
    position: int = -1
    """Number of the cell by which its statements are numbered."""
    altered: Sequence[Obj] = field(init=False)
    """Classes and functions that it changed after they were defined."""

    def __post_init__(self) -> None:
        self.altered = [
            thing
            for thing, _, state in self.objects.changes
            if isinstance(thing, Obj) and state.place is not None and state.altered is not None
        ]

    def is_of(self, cell: CodeCell, machine: Machine) -> bool:
        """Return whether it is of this code, begun in the mode that holds now."""
        mine = self.cell
        same = mine is cell or (
            mine.source == cell.source
            and mine.step == cell.step
            and mine.role == cell.role
            and mine.repeatable == cell.repeatable
            and mine.scripts == cell.scripts
        )
        return same and self.before == machine.mode

    def fits(self, machine: Machine) -> bool:
        """Return whether all that it looked at is what it was then."""
        return machine.space.fits(self.names) and self.objects.fits() and self.holdings.fits()

    def undo(self, machine: Machine) -> None:
        """Put everything back to what it was before the cell."""
        machine.mode = self.before
        machine.space.undo(self.names.changes)
        self.objects.undo()
        self.holdings.undo()

    def redo(self, machine: Machine) -> None:
        """Make everything what it was after the cell."""
        machine.mode = self.after
        machine.space.redo(self.names.changes)
        self.objects.redo()
        self.holdings.redo()

    def stand(self, cell: CodeCell) -> None:
        """Make its statements those of this cell, at their places."""
        self.cell = cell
        for statement in self.statements:
            statement.cell = cell
            statement.place.statement = statement
