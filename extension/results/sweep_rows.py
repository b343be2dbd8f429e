"""The runs of a sweep as rows: what each varies, how it stands, what it reported."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbprism.runner.events import Event
from nbprism.runner.flow.children import parent_of
from nbprism.runner.flow.state import ENDED_RUNS, RunState, fold
from nbprism.runner.store import RunFolder


@dataclass(frozen=True, slots=True)
class Row:
    """One run of a sweep."""

    run: str
    state: str
    done: int
    """How many of its steps have ended."""
    steps: int
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]
    duration_s: float | None

    @property
    def progress(self) -> str:
        """How far it is, as `2/3`; empty when there is nothing more to come."""
        return "" if self.state in ENDED_RUNS else f"{self.done}/{self.steps}"


class Rows(Sequence[Row]):
    """The rows of runs that go on; each event moves one of them."""

    def __init__(self, folders: Iterable[RunFolder]) -> None:
        self._states = {folder.id: RunState() for folder in folders}

    def take(self, folder: RunFolder, event: Event) -> str | None:
        """Take an event in; return the phase of the run if it changed."""
        before = self._states[folder.id]
        after = self._states[folder.id] = fold(before, event)
        return after.phase if after.phase != before.phase else None

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]

    def __len__(self) -> int:
        return len(self._states)

    def __iter__(self) -> Iterator[Row]:
        return (_row(run, state, time.time()) for run, state in self._states.items())


def row_of(summary: Mapping[str, Any]) -> Row:
    """Return the row of a run from its summary."""
    steps = summary["steps"].values()
    return Row(
        run=summary["run"],
        state=summary["state"],
        done=sum(step["state"] not in {"waiting", "queued", "running"} for step in steps),
        steps=len(steps),
        parameters=summary["parameters"],
        metrics=summary["metrics"],
        duration_s=summary["duration_s"],
    )


def _row(run: str, state: RunState, now: float) -> Row:
    steps = [step for name, step in state.steps.items() if parent_of(name) is None]
    accepted = state.accepted
    return Row(
        run=run,
        state=state.phase,
        done=sum(step.ended for step in steps),
        steps=len(steps),
        parameters=accepted.parameters if accepted else {},
        metrics=state.metrics,
        duration_s=_took(state, now),
    )


def _took(state: RunState, now: float) -> float | None:
    if state.last is not None:
        return state.last.duration_s
    if state.accepted is None or state.phase == "accepted":
        return None  # its turn has not come
    return now - state.accepted.at


def state_of(states: Sequence[str]) -> str:
    """Return the state of a sweep, from those of its runs."""
    for state in ("running", "cancelling", "accepted", "lost", "failed", "cancelled"):
        if state in states:
            return "running" if state == "accepted" else state  # waits for its turn
    return "succeeded"


def varied(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the parameters that differ between runs."""
    names = list(dict.fromkeys(name for values in parameters for name in values))
    return [
        name for name in names if len({json.dumps(values.get(name)) for values in parameters}) > 1
    ]


def reported(rows: Iterable[Row]) -> list[str]:
    """Return the names of all metrics that any of the runs has."""
    return list(dict.fromkeys(name for row in rows for name in row.metrics))
