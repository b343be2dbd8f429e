"""What objects held at earlier points of the notebook.

What an object may hold only grows while the notebook is walked. A list that gets a model in the
last cell did not share it with the step that made the list, so nothing has to keep the two together
up there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Set
from functools import cached_property

from nbprism.compiler.incremental.visits import Visit
from nbprism.compiler.walk.heap import Obj, State, Value


class Past:
    """The states of objects before the cells that changed them; looked up only where asked for."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        self._visits = visits
        self._reached: dict[tuple[Value, int], Set[Obj]] = {}

    def reached(self, value: Value, order: int) -> Set[Obj]:
        """Return the objects of the value and all that they held before the statement so numbered.

        Args:
            value: what a name stood for.
            order: of the first statement of a cell.
        """
        known = self._reached.get((value, order))
        if known is None:
            known = self._reached[value, order] = self._reach(value, order)
        return known

    def _reach(self, value: Value, order: int) -> Set[Obj]:
        seen = set(value)
        stack = list(seen)
        while stack:
            state = self._state(stack.pop(), order)
            for held in state.fields.values() if state is not None else ():
                fresh = held - seen
                seen |= fresh
                stack.extend(fresh)
        return seen

    def _state(self, obj: Obj, order: int) -> State | None:
        orders, states = self._changes.get(obj, ((), ()))
        place = bisect_left(orders, order)
        # Nobody changed it from then on: it is what it is at the end.
        return states[place] if place < len(orders) else obj.state

    @cached_property
    def _changes(self) -> dict[Obj, tuple[list[int], list[State | None]]]:
        found: dict[Obj, tuple[list[int], list[State | None]]] = defaultdict(lambda: ([], []))
        for visit in self._visits:
            for thing, before, _ in visit.objects.changes if visit.statements else ():
                if isinstance(thing, Obj):
                    orders, states = found[thing]
                    orders.append(visit.statements[0].order)
                    states.append(before)
        return dict(found)
