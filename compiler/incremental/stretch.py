"""Visits of neighbouring cells, done and undone at once.

An edit near the top has all cells below it undone and done again. What many of them do together is
one row of assignments, and what they looked at is one set to compare with what the edit changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbprism.compiler.incremental.visits import Visit
from nbprism.compiler.walk.heap import Obj
from nbprism.compiler.walk.machine import Machine
from nbprism.compiler.walk.namespace import NameChange
from nbprism.compiler.walk.records import Version
from nbprism.compiler.walk.tracked import Tracked

if TYPE_CHECKING:
    from nbprism.compiler.walk.holders import Holder

LENGTH = 64
"""Cells of one stretch."""


class Stretch:
    """What a row of visits, one after the other, looks at and does."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        self.visits = visits
        self.names: set[str] = set()
        """Names that the cells looked at or changed."""
        self.things: set[Tracked] = set()
        """Objects that they looked at or changed."""
        self.asked: set[Obj] = set()
        """Objects whose holders they asked for."""
        self.listed = any(visit.names.listed is not None for visit in visits)
        """Whether one of them asked for all names."""
        for visit in visits:
            self.names.update(visit.names.found, visit.names.missed)
            self.things.update(visit.objects.things)
            self.asked.update(obj for obj, _ in visit.holdings.asked)
        self.name_changes = _names(visits)
        self.changes = _states(visits)
        self._added = _added(visits)

    def undo(self, machine: Machine) -> None:
        """Put everything back to what it was before the first cell."""
        machine.mode = self.visits[0].before
        machine.space.undo(self.name_changes)
        for thing, before, _ in self.changes:
            thing.state = before
        for obj, holder, times in self._added:
            held = obj.held_by
            if held[holder] == times:
                del held[holder]
            else:
                held[holder] -= times

    def redo(self, machine: Machine) -> None:
        """Make everything what it was after the last cell."""
        machine.mode = self.visits[-1].after
        machine.space.redo(self.name_changes)
        for thing, _, after in self.changes:
            thing.state = after
        for obj, holder, times in self._added:
            obj.held_by[holder] = obj.held_by.get(holder, 0) + times


def _names(visits: Sequence[Visit]) -> Sequence[NameChange]:
    found: dict[str, tuple[Version | None, Version | None]] = {}
    for visit in visits:
        for name, before, after in visit.names.changes:
            found[name] = (found[name][0] if name in found else before, after)
    return [(name, before, after) for name, (before, after) in found.items()]


def _states(visits: Sequence[Visit]) -> Sequence[tuple[Tracked, Any, Any]]:
    found: dict[Tracked, tuple[Any, Any]] = {}
    for visit in visits:
        for thing, before, after in visit.objects.changes:
            found[thing] = (found[thing][0] if thing in found else before, after)
    return [(thing, before, after) for thing, (before, after) in found.items()]


def _added(visits: Sequence[Visit]) -> Sequence[tuple[Obj, Holder, int]]:
    # In the order in which they come: who asks for holders gets them so.
    found: dict[tuple[Obj, Holder], int] = {}
    for visit in visits:
        for pair in visit.holdings.added:
            found[pair] = found.get(pair, 0) + 1
    return [(obj, holder, times) for (obj, holder), times in found.items()]
