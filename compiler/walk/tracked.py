"""State that outlives a cell of the notebook, and notes which cells look at it.

What is not looked at is asleep: it has its identity and a frozen state, nothing else. The first
look at an attribute wakes it, and the diary of the walk notes the state it had. When the cell ends
all that woke goes to sleep again, so one comparison tells what the cell changed. Whatever part of
the analysis looks, nothing is looked at unnoticed, and nobody has to think of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

Diary = dict["Tracked", Any]
"""What is awake, and the state that each had when it woke; None if it did not exist."""


class Tracked(ABC):
    """Something that is awake or asleep; its attributes besides these two are empty in sleep."""

    __slots__ = ("diary", "state")
    LIVING: ClassVar[tuple[str, ...]]
    """The attributes that are empty in sleep."""

    diary: Diary | None
    """Where waking is noted; None until it sleeps for the first time."""
    state: Any
    """The frozen state, as the last cell left it; None if it does not exist at this point."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Python comes here only where the attribute is empty, so being awake costs nothing.
            if name not in self.LIVING:
                raise AttributeError(name)
            self.wake()
            return getattr(self, name)

    def wake(self) -> None:
        """Take up the state again, and note the look."""
        if self.diary is not None:
            self.diary[self] = self.state
            self.thaw(self.state)

    @abstractmethod
    def thaw(self, state: Any) -> None:
        """Fill the attributes from the state, with containers of their own."""

    @abstractmethod
    def frozen(self) -> Any:
        """Return the state that the attributes make; equal states compare equal."""

    def behind(self) -> Iterable[Tracked]:
        """Return what it leads to that may not have slept yet."""
        return ()

    @abstractmethod
    def empty(self) -> None:
        """Empty the attributes."""


class Looks(NamedTuple):
    """What one cell looked at, and what it changed."""

    things: tuple[Tracked, ...]
    states: list[Any]
    """Of the things, before the cell."""
    changes: tuple[tuple[Tracked, Any, Any], ...]
    """What it changed or made: state before and after."""

    def fits(self) -> bool:
        """Return whether everything is what it was when the cell looked."""
        return [thing.state for thing in self.things] == self.states

    def undo(self) -> None:
        """Put everything back to what it was before the cell."""
        for thing, before, _ in self.changes:
            thing.state = before

    def redo(self) -> None:
        """Make everything what it was after the cell."""
        for thing, _, after in self.changes:
            thing.state = after

    def left(self) -> dict[Tracked, Any]:
        """Return the states after the cell of what it changed."""
        return {thing: after for thing, _, after in self.changes}


def put_to_sleep(diary: Diary, known: Sequence[Mapping[Tracked, Any]]) -> Looks:
    """Let everything sleep that is awake, and return what the diary says.

    Args:
        diary: what is awake; empty afterwards.
        known: states that earlier walks of the cell left, which are used again where equal.
    """
    for thing in list(diary):
        for other in thing.behind():
            if other.diary is None:
                diary.setdefault(other, None)
    things, changes = tuple(diary), []
    states = list(diary.values())
    for thing, before in diary.items():
        state = thing.frozen()
        for earlier in (before, *(left.get(thing) for left in known)):
            if earlier is not None and state.same(earlier):
                state = earlier
                break
        thing.diary, thing.state = diary, state
        thing.empty()
        if state is not before:
            changes.append((thing, before, state))
    diary.clear()
    return Looks(things, states, tuple(changes))
