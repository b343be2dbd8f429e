"""`nbprism run --sweep`: a run for each point of a grid of parameter values, watched as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console

from nbprism.compiler import Pipeline
from nbprism.compiler.parameter_values import value_of
from nbprism.results import sweep_table
from nbprism.results.sweep_rows import state_of
from nbprism.runner import preparation
from nbprism.runner.events import to_json
from nbprism.runner.following import follow_all
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
    name = folders[0].state().accepted
    console.print(f"Sweep [bold]{name.sweep if name else ''}[/]: {len(folders)} runs")
    sweep_table.watch(console, folders, cancels=cancels)
    state = state_of([folder.summary()["state"] for folder in folders])
    console.print(f"Sweep {state}. `nbprism show RUN` shows the steps of a run.", highlight=False)
    return state


def is_sweep(name: str) -> bool:
    """Return whether a name on the command line is a sweep's, and not a run's."""
    return name.startswith("sweep-")
