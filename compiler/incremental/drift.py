"""What differs, at one point of a walk, from what was there when the notebook was walked before.

While nothing differs that a cell looked at, its walk of then stands, without a look at the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbprism.compiler.incremental.stretch import Stretch
from nbprism.compiler.incremental.visits import Visit
from nbprism.compiler.walk.heap import Obj
from nbprism.compiler.walk.records import Version
from nbprism.compiler.walk.tracked import Tracked


class Drift:
    """Names, objects and holders that are not what they were at the same point before."""

    def __init__(self) -> None:
        self._names: dict[str, Version | None] = {}
        """What each name was then."""
        self._objects: dict[Tracked, Any] = {}
        """The state that each object had then."""
        self._holders: set[Obj] = set()
        """Objects that may be held by others than then."""
        self.stirred: set[Tracked] = set()
        """Objects that differed at some point, though they may be again what they were."""

    def concerns(self, visit: Visit) -> bool:
        """Return whether a cell that was walked then may have looked at something that differs."""
        names = self._names.keys()
        if names and not (
            visit.names.listed is None
            and names.isdisjoint(visit.names.found)
            and names.isdisjoint(visit.names.missed)
        ):
            return True
        if self._objects and not self._objects.keys().isdisjoint(visit.objects.things):
            return True
        return any(obj in self._holders for obj, _ in visit.holdings.asked)

    def concerns_any(self, stretch: Stretch) -> bool:
        """Return whether one of the cells may have looked at something that differs."""
        if self._names and (stretch.listed or not self._names.keys().isdisjoint(stretch.names)):
            return True
        return not (
            self._objects.keys().isdisjoint(stretch.things)
            and self._holders.isdisjoint(stretch.asked)
        )

    def pass_by(
        self, then: Visit | None, now: Visit | None, versions: Mapping[str, Version]
    ) -> None:
        """Note what one cell did then and what is done in its place now.

        Args:
            then: the visit of then; None for a cell that is new here.
            now: the visit that was just done; None for a cell that is gone.
            versions: of the names, after it.
        """
        if then is now:
            if self._names or self._objects:
                self._agree(then)
            return
        names = {name: after for name, _, after in then.names.changes} if then else {}
        states = {thing: after for thing, _, after in then.objects.changes} if then else {}
        for name, before, _ in now.names.changes if now else ():
            names.setdefault(name, self._names.get(name, before))
        for thing, state, _ in now.objects.changes if now else ():
            states.setdefault(thing, self._objects.get(thing, state))
        self._compare(names, states, versions)
        held = {*then.holdings.added} if then else set()
        self._holders.update(obj for obj, _ in held ^ {*(now.holdings.added if now else ())})

    def _agree(self, visit: Visit | None) -> None:
        """Forget what the cell, which is as it was, gives the same value as then."""
        for name, _, _ in visit.names.changes if visit else ():
            self._names.pop(name, None)
        for thing, _, _ in visit.objects.changes if visit else ():
            self._objects.pop(thing, None)

    def _compare(
        self,
        names: Mapping[str, Version | None],
        states: Mapping[Tracked, Any],
        versions: Mapping[str, Version],
    ) -> None:
        for name, version in names.items():
            if versions.get(name) is version:
                self._names.pop(name, None)
            else:
                self._names[name] = version
        for thing, state in states.items():
            if thing.state is state:
                self._objects.pop(thing, None)
            else:
                self._objects[thing] = state
                self.stirred.add(thing)
