"""When each step of a run ran, as intervals and as a table of bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, overload

from nbprism.runner import events as ev

_NO_END: Final = ev.CHATTER | {ev.StepOutdated.kind}
_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Interval:
    """One attempt of one step, in seconds since the run was accepted."""

    step: str
    attempt: int
    queued_s: float
    started_s: float | None
    """None if it never began."""
    ended_s: float | None
    """None while it is going on."""
    state: str

    @property
    def duration_s(self) -> float | None:
        """Seconds from its start to its end."""
        if self.started_s is None or self.ended_s is None:
            return None
        return self.ended_s - self.started_s


class Timeline(Sequence[Interval]):
    """The attempts of a run in the order they were queued; prints itself as bars."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._intervals = tuple(intervals)

    @overload
    def __getitem__(self, index: int) -> Interval: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Interval]: ...
    def __getitem__(self, index: int | slice) -> Interval | Sequence[Interval]:
        return self._intervals[index]

    def __len__(self) -> int:
        return len(self._intervals)

    def __repr__(self) -> str:
        end = max((i.ended_s or i.started_s or i.queued_s for i in self), default=0.0) or 1.0
        width = max((len(i.step) for i in self), default=0)
        return "\n".join(f"{i.step:{width}} {_bar(i, end)} {_took(i)}" for i in self)


def _bar(interval: Interval, end: float) -> str:
    if interval.started_s is None:
        return " " * _WIDTH
    first = int(interval.started_s / end * _WIDTH)
    last = int((end if interval.ended_s is None else interval.ended_s) / end * _WIDTH)
    return (" " * first + "█" * max(1, last - first)).ljust(_WIDTH)[:_WIDTH]


def _took(interval: Interval) -> str:
    took = interval.duration_s
    return interval.state if took is None else f"{took:.2f} s, {interval.state}"


def timeline_of(events: Iterable[ev.Event]) -> Timeline:
    """Return the timeline that a log tells."""
    began = 0.0
    found: dict[tuple[str, int], Interval] = {}
    for event in events:
        if isinstance(event, ev.RunAccepted):
            began = event.at
        elif isinstance(event, ev.StepEvent) and event.kind not in _NO_END:
            key = (event.step, event.attempt)
            if isinstance(event, ev.StepWithdrawn) and key not in found:
                continue  # it had been reused
            found[key] = _moved(found.get(key), event, event.at - began)
    return Timeline(found.values())


def _moved(before: Interval | None, event: ev.StepEvent, at: float) -> Interval:
    state = event.kind.removeprefix("step-")
    queued = at if before is None else before.queued_s
    started = before.started_s if before else None
    if isinstance(event, ev.StepStarted):
        return Interval(event.step, event.attempt, queued, at, None, "running")
    ended = None if isinstance(event, ev.StepQueued) else at
    if isinstance(event, ev.StepWithdrawn) and before is not None and before.ended_s is not None:
        ended = before.ended_s
    return Interval(event.step, event.attempt, queued, started, ended, state)
