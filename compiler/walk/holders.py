"""Who holds an object, noted without a look at the object: names, and other objects.

A dictionary of all results is held by much, and holds much; if a new holder were a change of what
is held, each cell would change everything, and an edit would reach all cells below. So holders are
counted by cell, and only who asks for them depends on who they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from nbprism.compiler.walk.heap import Obj

    Holder: TypeAlias = Obj | str
    """An object, or a global name."""


class Ledger:
    """What one cell adds to the holders of objects, and whose holders it asks for."""

    def __init__(self) -> None:
        self._added: dict[tuple[Obj, Holder], None] = {}
        self._asked: dict[Obj, frozenset[Holder]] = {}

    def add(self, obj: Obj, holder: Holder) -> None:
        """Note that the object is held."""
        pair = (obj, holder)
        if pair not in self._added:
            self._added[pair] = None
            obj.held_by[holder] = obj.held_by.get(holder, 0) + 1

    def ask(self, obj: Obj) -> list[Holder]:
        """Return who holds the object, or did at some time."""
        if obj not in self._asked:
            added, counts = self._added, obj.held_by.items()
            self._asked[obj] = frozenset(by for by, count in counts if count > ((obj, by) in added))
        return list(obj.held_by)

    def close(self) -> Holdings:
        """End the cell, and return what it noted."""
        noted = Holdings(tuple(self._added), tuple(self._asked.items()))
        self._added, self._asked = {}, {}
        return noted


class Holdings(NamedTuple):
    """What a cell added to holders, and those it saw."""

    added: tuple[tuple[Obj, Holder], ...]
    asked: tuple[tuple[Obj, frozenset[Holder]], ...]

    def fits(self) -> bool:
        """Return whether the holders it asked for are who they were then."""
        return all(obj.held_by.keys() == holders for obj, holders in self.asked)

    def undo(self) -> None:
        """Take the cell's holders away."""
        for obj, holder in self.added:
            if obj.held_by[holder] == 1:
                del obj.held_by[holder]
            else:
                obj.held_by[holder] -= 1

    def redo(self) -> None:
        """Add the cell's holders again."""
        for obj, holder in self.added:
            obj.held_by[holder] = obj.held_by.get(holder, 0) + 1
