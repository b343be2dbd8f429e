"""A run as a trace: a span for the run, for each attempt of each step, and for each cell.

Pure: the events of a log in, spans out. A span's key is the same whenever the log is read, so that
a trace that is sent twice is one trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from nbprism.runner import events as ev

Attribute = str | bool | int | float

RUN: Final = "run"
"""The key of the span that all others are in."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a run's time (epoch seconds)."""

    key: str
    """Unique in its run: `run`, `train#1`, `train#1/cell-id`."""
    name: str
    parent: str | None
    begin: float
    end: float
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    error: ev.Failure | None = None


def spans_of(events: Iterable[ev.Event]) -> tuple[Span, ...]:
    """Return the spans of a log, the run's first; what has not ended ends with the last event."""
    trace = _Trace()
    for event in events:
        trace.take(event)
    return trace.spans()


class _Trace:
    """Spans by key, in the order in which they began."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._open: set[str] = set()
        self._queued: dict[str, float] = {}
        self._last = 0.0

    def spans(self) -> tuple[Span, ...]:
        """Return all of them."""
        for key in tuple(self._open):
            self._close(key, self._last, {"nbprism.ended": False})
        return tuple(self._spans.values())

    def take(self, event: ev.Event) -> None:
        """Note what an event says of when something began or ended."""
        self._last = event.at
        match event:
            case ev.RunAccepted():
                self._begin(RUN, event.pipeline, None, event.at, _of_run(event))
            case ev.RunEnded():
                state = {"nbprism.state": event.kind.removeprefix("run-")}
                error = event.error if isinstance(event, ev.RunFailed) else None
                self._close(RUN, event.at, state | _numbers(event.metrics), error)
            case ev.CellStarted():
                where = {"nbprism.cell": event.cell}
                # The cells of our own load and save the step's values.
                name = event.cell if event.cell.startswith("nbprism-") else "cell"
                self._begin(_cell(event, event.cell), name, _attempt(event), event.at, where)
            case ev.CellEnded():
                self._close(_cell(event, event.cell), event.at, {"nbprism.ok": event.ok})
            case _:
                self._take_of_step(event)

    def _take_of_step(self, event: ev.Event) -> None:
        match event:
            case ev.StepQueued():
                self._queued[event.step] = event.at
            case ev.StepStarted():
                self._begin(_attempt(event), event.step, RUN, event.at, self._of_step(event))
            case ev.StepSucceeded():
                self._end_step(event, "succeeded", _numbers(event.metrics))
            case ev.StepFailed() | ev.StepCrashed():
                state = "failed" if isinstance(event, ev.StepFailed) else "crashed"
                self._end_step(event, state, {"nbprism.will_retry": event.will_retry}, event.error)
            case ev.StepCancelled():
                self._end_step(event, "cancelled")
            case ev.StepReused():
                self._pass_by(event, "reused", {"nbprism.from_run": event.from_run})
            case ev.StepSkipped():
                self._pass_by(event, "skipped", {"nbprism.reason": event.reason})

    def _of_step(self, event: ev.StepStarted) -> dict[str, Attribute]:
        waited = event.at - self._queued.get(event.step, event.at)
        return {
            "nbprism.step": event.step,
            "nbprism.attempt": event.attempt,
            "nbprism.queued_s": round(waited, 6),
        }

    def _end_step(
        self,
        event: ev.StepEvent,
        state: str,
        more: Mapping[str, Attribute] | None = None,
        error: ev.Failure | None = None,
    ) -> None:
        key = _attempt(event)
        if key not in self._spans:  # it ended before its process was there
            about: dict[str, Attribute] = {
                "nbprism.step": event.step,
                "nbprism.attempt": event.attempt,
            }
            self._begin(key, event.step, RUN, event.at, about)
        for cell in [one for one in self._open if one.startswith(f"{key}/")]:
            self._close(cell, event.at, {"nbprism.ok": False}, error)
        self._close(key, event.at, {"nbprism.state": state, **(more or {})}, error)

    def _pass_by(
        self, event: ev.StepReused | ev.StepSkipped, state: str, more: Mapping[str, Attribute]
    ) -> None:
        about = {"nbprism.step": event.step, "nbprism.state": state, **more}
        self._begin(event.step, event.step, RUN, event.at, about)
        self._close(event.step, event.at, {})

    def _begin(
        self,
        key: str,
        name: str,
        parent: str | None,
        at: float,
        attributes: Mapping[str, Attribute],
    ) -> None:
        self._spans[key] = Span(key, name, parent, at, at, attributes)
        self._open.add(key)

    def _close(
        self,
        key: str,
        at: float,
        more: Mapping[str, Attribute],
        error: ev.Failure | None = None,
    ) -> None:
        if key not in self._open:
            return
        self._open.remove(key)
        span = self._spans[key]
        attributes = {**span.attributes, **more}
        self._spans[key] = replace(span, end=at, attributes=attributes, error=error)


def _of_run(event: ev.RunAccepted) -> dict[str, Attribute]:
    about: dict[str, Attribute] = {
        "nbprism.run": event.run,
        "nbprism.pipeline": event.pipeline,
        "nbprism.cluster": event.cluster,
    }
    # Parameters are left out: they go to another service, and some are secrets.
    return about if event.sweep is None else {**about, "nbprism.sweep": event.sweep}


def _attempt(event: ev.StepEvent) -> str:
    return f"{event.step}#{event.attempt}"


def _cell(event: ev.StepEvent, cell: str) -> str:
    return f"{_attempt(event)}/{cell}"


def _numbers(metrics: Mapping[str, object]) -> dict[str, Attribute]:
    return {
        f"nbprism.metric.{name}": value
        for name, value in metrics.items()
        if isinstance(value, int | float)
    }
