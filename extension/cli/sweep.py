"""`nbprism run --sweep`: a run for each point of a grid of parameter values, watched as one."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nbprism.compiler import Pipeline
from nbprism.compiler.parameter_values import value_of
from nbprism.results.live_table import LOOKS
from nbprism.results.page import short
from nbprism.results.sweep import state_of, varied
from nbprism.runner import preparation
from nbprism.runner.children import parent_of
from nbprism.runner.events import to_json
from nbprism.runner.following import follow_all
from nbprism.runner.state import ENDED_RUNS, RunState, fold
from nbprism.runner.store import RunFolder


def points_of(
    sweeps: Sequence[str], fixed: Mapping[str, Any], pipeline: Pipeline
) -> list[preparation.Point]:
    """Return the parameter values of each run: every combination, the last name changing fastest.

    Raises:
        click.BadParameter: a sweep is not of the form `NAME=a,b,c`, or a name is given twice.
    """
    texts = {parameter.name for parameter in pipeline.parameters if parameter.type == "str"}
    grid: dict[str, list[Any]] = {}
    for sweep in sweeps:
        name, equals, text = sweep.partition("=")
        if not (name and equals and text.strip()):
            raise click.BadParameter(
                f"{sweep!r} is not of the form NAME=a,b,c, as in --sweep lr=0.1,0.01."
            )
        if name in grid or name in fixed:
            raise click.BadParameter(f"The parameter '{name}' is given twice.")
        grid[name] = values_in(text, as_text=name in texts)
    return preparation.points_of(grid, fixed)


def values_in(text: str, *, as_text: bool) -> list[Any]:
    """Return the values in a list such as `1,2`, `[1],[2]`, `adam,sgd` or `"a,b","c"`."""
    try:
        listed: list[Any] = json.loads(f"[{text}]")
    except ValueError:
        parts = [part.strip() for part in text.split(",")]
        return parts if as_text else [value_of(part) for part in parts]
    if as_text and not all(isinstance(value, str) for value in listed):
        return [part.strip() for part in text.split(",")]
    return listed


def watch_as_json(folders: Sequence[RunFolder]) -> str:
    """Print each event with its run, and last a summary; return the state of the sweep."""
    for folder, event in follow_all(folders):
        click.echo(json.dumps({"run": folder.id, **to_json(event)}, ensure_ascii=False))
    return print_summary(folders)


def print_summary(folders: Sequence[RunFolder]) -> str:
    """Print what became of a sweep as one line of JSON; return its state."""
    summaries = [folder.summary() for folder in folders]
    state = state_of([summary["state"] for summary in summaries])
    told = ("run", "state", "parameters", "metrics", "duration_s", "steps")
    runs = [{key: summary[key] for key in told} for summary in summaries]
    sweep = {"sweep": summaries[0]["sweep"], "state": state, "runs": runs}
    click.echo(json.dumps(sweep, ensure_ascii=False))
    return state


def watch(folders: Sequence[RunFolder], *, cancels: bool = True) -> str:
    """Show one table of all runs while they go on, and the results; return the sweep's state."""
    console = Console()
    shown = _Shown(folders)
    name = folders[0].state().accepted
    console.print(f"Sweep [bold]{name.sweep if name else ''}[/]: {len(folders)} runs")
    live = Live(console=console, refresh_per_second=10, get_renderable=shown.table)
    with live if console.is_terminal else contextlib.nullcontext():
        for folder, event in follow_all(folders, cancels=cancels):
            phase = shown.take(folder, event)
            if phase is not None and not console.is_terminal:
                console.print(f"{folder.id} {phase}", highlight=False)
    if not console.is_terminal:
        console.print(shown.table())
    state = state_of([folder.summary()["state"] for folder in folders])
    console.print(f"Sweep {state}. `nbprism show RUN` shows the steps of a run.", highlight=False)
    return state


def is_sweep(name: str) -> bool:
    """Return whether a name on the command line is a sweep's, and not a run's."""
    return name.startswith("sweep-")


def results(summaries: Sequence[Mapping[str, Any]]) -> Table:
    """Return the table of a sweep: a row for each run, with what differs and its metrics."""
    names = varied([summary["parameters"] for summary in summaries])
    metrics = list(dict.fromkeys(name for summary in summaries for name in summary["metrics"]))
    table = Table(box=None, pad_edge=False)
    for heading in ("", *names, *metrics, "time", "run"):
        table.add_column(heading)
    for summary in summaries:
        sign, style = LOOKS.get(summary["state"], ("●", "yellow"))
        took = summary["duration_s"]
        table.add_row(
            Text(f"{sign} {summary['state']}{summary.get('progress', '')}", style),
            *(short(summary["parameters"].get(name)) for name in names),
            *(short(summary["metrics"].get(name, "")) for name in metrics),
            "" if took is None else f"{took:.1f} s",
            summary["run"],
        )
    return table


class _Shown:
    """What is known of each run of a sweep."""

    def __init__(self, folders: Sequence[RunFolder]) -> None:
        self._states = {folder.id: RunState() for folder in folders}

    def take(self, folder: RunFolder, event: Any) -> str | None:
        """Take an event in; return the phase of the run if it changed."""
        before = self._states[folder.id]
        after = self._states[folder.id] = fold(before, event)
        return after.phase if after.phase != before.phase else None

    def table(self) -> RenderableType:
        return results([_summary(run, state) for run, state in self._states.items()])


def _summary(run: str, state: RunState) -> dict[str, Any]:
    steps = [step for name, step in state.steps.items() if parent_of(name) is None]
    done = sum(step.ended for step in steps)
    over = state.phase in ENDED_RUNS
    since = state.accepted.at if state.accepted else time.time()
    return {
        "run": run,
        "state": state.phase,
        "progress": "" if over else f" {done}/{len(steps)}",
        "parameters": state.accepted.parameters if state.accepted else {},
        "metrics": state.metrics,
        "duration_s": state.last.duration_s if state.last else time.time() - since,
    }
