"""The steps of a run by name, as a value: a change gives a new mapping and shares the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import isqrt
from types import MappingProxyType
from typing import Final, TypeVar

Step = TypeVar("Step")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_ROOM: Final = 8


class Steps(Mapping[str, Step]):
    """Names to steps, in the order of the plan.

    A run of a thousand steps has thousands of states, one after each event. What has changed lately
    is kept apart, in a mapping that is small enough to copy each time, so that a state costs the
    square root of what copying all steps would.
    """

    def __init__(
        self, steady: Mapping[str, Step], lately: Mapping[str, Step] | None = None
    ) -> None:
        self._steady = steady
        self._lately: Mapping[str, Step] = _NOTHING if lately is None else lately  # type: ignore[assignment]

    def changed(self, name: str, step: Step) -> Steps[Step]:
        """Return the steps with one of them different; a new name comes last."""
        lately = {**self._lately, name: step}
        if len(lately) <= isqrt(len(self._steady)) + _ROOM:
            return Steps(self._steady, lately)
        return Steps({**self._steady, **lately})

    def without(self, names: Collection[str]) -> Steps[Step]:
        """Return the steps but for some of them."""
        return Steps({name: step for name, step in self.items() if name not in names})

    def __getitem__(self, name: str) -> Step:
        return self._lately[name] if name in self._lately else self._steady[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._steady
        yield from (name for name in self._lately if name not in self._steady)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Steps({dict(self)!r})"
