"""Repeated measurements of one thing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

REPEATS = 5
QUICK_REPEATS = 2


@dataclass(slots=True)
class Series:
    """Seconds, in the order they were measured."""

    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def quantile(self, share: float) -> float:
        """Return the time that this share of the measurements stayed below."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def shown(self, unit_s: float = 1e-3, digits: int = 0) -> str:
        """Return the median and the range, in units of so many seconds."""
        low, middle, high = (
            f"{value / unit_s:,.{digits}f}"
            for value in (min(self.times), self.median, max(self.times))
        )
        return f"{middle} ({low} to {high})"


def side_by_side(candidates: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, Series]:
    """Measure the candidates in turn, so that a busy minute hits all of them.

    Each returns the seconds it took. What it needs once is done by a call before, not counted.
    """
    for candidate in candidates.values():
        candidate()
    found = {name: Series() for name in candidates}
    for _ in range(repeats):
        for name, candidate in candidates.items():
            found[name].times.append(candidate())
    return found


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
