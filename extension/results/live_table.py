"""The table of steps that `nbprism run` shows while it runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from textwrap import shorten
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from nbprism.runner import events as ev
from nbprism.runner.flow.children import parent_of
from nbprism.runner.flow.state import ENDED_STEPS, RunState, StepState, fold
from nbprism.runner.remote.address import LOCAL
from nbprism.runner.unheard import Unheard

LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    "waiting": ("·", "dim"),
    "queued": ("○", "cyan"),
    "running": ("●", "yellow"),
    "succeeded": ("✔", "green"),
    "reused": ("✔", "blue"),
    "skipped": ("-", "dim"),
    "failed": ("✘", "red"),
    "crashed": ("✘", "magenta"),
    "cancelled": ("■", "dim"),
    "lost": ("?", "magenta"),
}


_TOLD_ELSEWHERE: Final = (ev.MetricReported, ev.InputChanged, ev.StepCancelling, ev.StepOutdated)
_TROUBLE: Final = frozenset({ev.StepFailed.kind, ev.StepCrashed.kind})
"""What is said of the units of a step that runs once for each item of a list."""


class LiveTable:
    """Shows each step's state: a table that changes on a terminal, a line per change elsewhere."""

    def __init__(
        self,
        console: Console,
        notebook: Mapping[str, Any],
        run: Path | None = None,
        requests: Mapping[str, str] | None = None,
    ) -> None:
        """Show the run of `notebook` (nbformat), whose cells people count from 1.

        Args:
            console: Where it is shown.
            notebook: What runs.
            run: The run's folder, for what is not an event: that nothing is heard of it.
            requests: What each step waits for while it is queued.
        """
        self._requests = requests or {}
        self._run = run
        self._console = console
        self._positions = {cell["id"]: n for n, cell in enumerate(notebook["cells"], start=1)}
        self._state = RunState()
        self._note = ""
        self._live = Live(console=console, refresh_per_second=10, get_renderable=self._render)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()
        for name, step in self._state.steps.items():
            for warning in step.warnings:
                self._console.print(Text(warning, "yellow"), soft_wrap=True)
            # The first failed unit's error is told by its step.
            if step.error is not None and parent_of(name) is None:
                cell = self._positions.get(step.error.cell or "")
                _print_failure(self._console, f"{name} {step.phase}", step.error, cell)

    def show(self, event: ev.Event) -> None:
        """Take the event into the table."""
        self._state = fold(self._state, event)
        self._note = _note_of(event, self._state) or self._note
        alone = parent_of(getattr(event, "step", "")) is None or event.kind in _TROUBLE
        if alone and not self._console.is_terminal and (line := _line_of(event, self._state)):
            self._console.print(line, soft_wrap=True, highlight=False)

    def _render(self) -> RenderableType:
        table = Table(box=None, pad_edge=False)
        for heading in ("", "step", "state", "time", ""):
            table.add_column(heading)
        for name, step in self._state.steps.items():
            if parent_of(name) is not None:
                continue  # counted in the row of its step
            sign, style = LOOKS[step.phase]
            table.add_row(
                Text(sign, style),
                name,
                Text(step.phase, style),
                _time_of(step, time.time()),
                self._waiting_for(name, step) or _remark_of(step),
            )
        running = any(step.phase not in ENDED_STEPS for step in self._state.steps.values())
        return (
            Group(table, Spinner("dots", text=self._silence() or self._note)) if running else table
        )

    def _waiting_for(self, name: str, step: StepState) -> Text | None:
        """Return what a queued step waits for, once the cluster is there."""
        if step.phase != "queued" or self._state.cluster != "joined" or name not in self._requests:
            return None
        return Text(f"waits for {self._requests[name]}", "cyan")

    def _silence(self) -> str | None:
        """Return since when nothing is heard of the run, if that is so."""
        unheard = None if self._run is None else Unheard.of(self._run)
        if unheard is None:
            return None
        since = datetime.fromtimestamp(unheard.since).astimezone()
        return f"Nothing is heard of the run since {since:%H:%M:%S}; it may go on. {unheard.why}"


def _time_of(step: StepState, now: float) -> str:
    if step.duration_s is not None and step.ended:
        return f"{step.duration_s:.1f} s"
    if step.phase == "running" and step.started_at is not None:
        return f"{max(0.0, now - step.started_at):.1f} s"
    if step.phase == "queued" and step.queued_at is not None:
        return f"{max(0.0, now - step.queued_at):.0f} s"
    return ""


def _remark_of(step: StepState) -> Text:
    if step.error is not None:
        return Text(
            shorten(f"{step.error.ename}: {step.error.evalue}", 80, placeholder=" ..."), "red"
        )
    if step.items is not None and step.phase in {"running", "succeeded"}:
        return Text(f"{step.items_ended}/{step.items} items", "dim")
    if step.reason:
        return Text(step.reason, "dim")
    if step.saved_s is not None:
        return Text(f"saved {step.saved_s:.1f} s", "dim")
    if step.attempt > 1:
        return Text(f"attempt {step.attempt}", "dim")
    return Text("" if step.ended else step.because or "", "dim")


def _note_of(event: ev.Event, state: RunState) -> str | None:
    match event:
        case ev.ClusterStarting() if state.accepted and state.accepted.cluster != LOCAL:
            return f"Joining the Ray of {state.accepted.cluster} ..."
        case ev.ClusterStarting():
            return "Looking for the local Ray, starting it, or waiting for a turn on it ..."
        case ev.ClusterJoined():
            gpus = f", {event.gpus:g} GPUs" if event.gpus else ""
            how = "started" if event.started else "joined"
            return f"Ray {how}: {event.cpus:g} CPUs{gpus}"
        case ev.StepCancelling():
            return f"Cancelling step {event.step} ..."
        case ev.StepWithdrawn():
            return f"{event.step} runs again: {event.reason}"
        case ev.RunCancelling():
            return "Cancelling ... (Ctrl-C again leaves the run to itself)"
    return None


def _line_of(event: ev.Event, state: RunState) -> str | None:
    if note := _note_of(event, state):
        return note
    name = getattr(event, "step", None)
    if name is None or event.kind in ev.CHATTER or isinstance(event, _TOLD_ELSEWHERE):
        return None
    step = state.steps.get(name)
    if step is None or isinstance(event, ev.StepQueued | ev.RunEnded):
        return None
    sign, style = LOOKS[step.phase]
    remark = escape(f"({said})") if (said := _remark_of(step).plain) else ""
    # As of the event: the run may have been over for a long time.
    took = _time_of(step, event.at) if step.ended else ""
    return " ".join(filter(None, (f"[{style}]{sign}[/]", name, step.phase, took, remark)))


def _print_failure(console: Console, what: str, error: ev.Failure, cell: int | None) -> None:
    """Print what went wrong in a step as its traceback shows it, and what to do."""
    where = f", cell {cell}" if cell else ""
    where += f", line {error.line}" if cell and error.line else ""
    console.print(f"\n[red]Step {what}[/]{where} [dim]({error.code})[/]", highlight=False)
    if error.traceback:
        console.print(Text.from_ansi("\n".join(error.traceback)), soft_wrap=True)
    else:
        console.print(
            f"{error.ename}: {error.evalue}", markup=False, soft_wrap=True, highlight=False
        )
    if error.hint:
        console.print(error.hint, style="dim", markup=False, soft_wrap=True, highlight=False)
