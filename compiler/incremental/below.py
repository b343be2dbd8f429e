"""The visits that stood below an edit, in their order, while others take their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbprism.compiler.incremental.visits import Visit


class Below:
    """Visits that were undone, the first one next."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        self._visits = visits
        self._next = 0
        self._ids = {visit.cell.id for visit in visits}
        """Of those that are left."""

    def begins_with(self, visits: Sequence[Visit]) -> bool:
        """Return whether these come next."""
        return self._visits[self._next : self._next + len(visits)] == visits

    def take(self, number: int) -> Sequence[Visit]:
        """Return so many of them; they are left no longer."""
        taken = self._visits[self._next : self._next + number]
        self._next += number
        self._ids.difference_update([visit.cell.id for visit in taken])
        return taken

    def above(self, cell: str) -> Iterator[Visit]:
        """Take those above the visit of that cell; none if it is not among them."""
        while cell in self._ids and self._visits[self._next].cell.id != cell:
            yield from self.take(1)

    def take_one(self, cell: str) -> Visit | None:
        """Take the visit of that cell if it comes next."""
        return self.take(1)[0] if cell in self._ids else None

    def rest(self) -> Iterator[Visit]:
        """Take all that are left."""
        yield from self.take(len(self._visits) - self._next)
