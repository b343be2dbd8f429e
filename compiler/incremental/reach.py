"""What values lead to at the end of the notebook, remembered from one compilation to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from nbprism.compiler.walk.heap import MEMOISED, WINDOW, Obj, State, Value, reach_asleep
from nbprism.compiler.walk.tracked import Tracked

_STUCK = ("generator", "handle")
"""Kinds of objects that cannot leave their process."""


class Notable(NamedTuple):
    """Objects that somebody has to know of who gets a value."""

    stuck: Sequence[Obj]
    """They cannot leave their process."""
    memoised: Sequence[Obj]
    """Functions that remember what they returned."""
    windows: bool
    """Whether the value itself looks into the memory of another."""


class Reach:
    """Objects that values may hold, however deep; known until one of them changes."""

    def __init__(self) -> None:
        self.age = 0
        """How often something known had to be forgotten."""
        self._reached: dict[Value, Set[Obj]] = {}
        self._made_of: dict[Value, Sequence[State]] = {}
        self._notable: dict[Value, Notable | None] = {}

    def of(self, value: Value) -> Set[Obj]:
        """Return the objects of the value, and all that they may hold."""
        known = self._reached.get(value)
        if known is None:
            known = self._reached[value] = reach_asleep(value)
        return known

    def made_of(self, value: Value) -> Sequence[State]:
        """Return the classes and functions that the value leads to, as they are at the end."""
        known = self._made_of.get(value)
        if known is None:
            states = (obj.state for obj in self.of(value))
            known = [state for state in states if state is not None and state.place is not None]
            self._made_of[value] = known
        return known

    def notable(self, value: Value) -> Notable | None:
        """Return which objects of note the value leads to; None for none, as nearly always."""
        if value not in self._notable:
            alive = [obj for obj in self.of(value) if obj.state is not None]
            found = Notable(
                [obj for obj in alive if obj.state.kind in _STUCK],
                [obj for obj in alive if obj.state.path == MEMOISED],
                any(obj.state is not None and obj.state.path == WINDOW for obj in value),
            )
            self._notable[value] = found if any(found) else None
        return self._notable[value]

    def forget(self, changed: Iterable[Tracked]) -> None:
        """Forget what leads to objects that are not, or were not for a while, what they were."""
        others = frozenset(changed)
        stale = [v for v, objects in self._reached.items() if not others.isdisjoint(objects)]
        for value in stale if others else ():
            del self._reached[value]
            self._made_of.pop(value, None)
            self._notable.pop(value, None)
        self.age += bool(others and stale)
