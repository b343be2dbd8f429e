"""`nbprism runs`, `show`, `logs`, `cancel` and `get`: what a store knows about runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nbprism.cli import sweep
from nbprism.cli.ending import print_ending
from nbprism.results import Run, Sweep
from nbprism.results.finding import find_run, runs_near
from nbprism.results.live_table import LOOKS, LiveTable
from nbprism.results.outputs import text_of
from nbprism.results.page import short
from nbprism.results.sweep_rows import state_of
from nbprism.runner import events as ev
from nbprism.runner.cluster.request import requests_of
from nbprism.runner.flow.state import RunState, fold
from nbprism.runner.following import follow
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.unit import whole_output

Command = Callable[..., Any]


def store_option(command: Command) -> Command:
    """Let a command be told which store to look in."""
    return click.option(
        "--store", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
        help="The store to look in. Default: every .nbprism here, one folder below, or above.",
    )(command)  # fmt: skip


def _find(run: str, store: Path | None) -> RunFolder:
    return find_run(run, Store(store) if store else None)


@click.command()
@click.argument(
    "notebook", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False
)
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print one summary per line.")
def runs(*, notebook: Path | None, store: Path | None, as_json: bool) -> None:
    """List the runs of NOTEBOOK, or all runs near here, the newest first."""
    found = runs_near(notebook, Store(store) if store else None)
    summaries = [folder.listed() for folder in found]
    if as_json:
        for summary in summaries:
            click.echo(json.dumps(summary, ensure_ascii=False))
        return
    if not summaries:
        click.echo("No runs yet. `nbprism run NOTEBOOK` makes one.")
        return
    Console().print(_table(summaries))


def _table(summaries: list[dict[str, Any]]) -> Table:
    above = None
    table = Table(box=None, pad_edge=False)
    table.add_column("run", no_wrap=True, overflow="ignore")  # whole, to be copied
    for heading in ("when", "state", "time"):
        table.add_column(heading, no_wrap=heading != "state", overflow="fold")
    table.add_column("metrics", overflow="fold")
    for summary in summaries:
        if summary["sweep"] and summary["sweep"] != above:
            states = [other["state"] for other in summaries if other["sweep"] == summary["sweep"]]
            whole = state_of(states)
            style = LOOKS.get(whole, ("", "yellow"))[1]
            table.add_row(Text(summary["sweep"], "bold"), f"{len(states)} runs", Text(whole, style))
        above = summary["sweep"]
        when = datetime.fromtimestamp(summary["created_at"]).astimezone()
        style = LOOKS.get(summary["state"], ("", "yellow"))[1]
        took = summary["duration_s"]
        metrics = "\n".join(f"{name}={short(value)}" for name, value in summary["metrics"].items())
        table.add_row(
            f"  {summary['run']}" if summary["sweep"] else summary["run"],
            f"{when:%Y-%m-%d %H:%M}", Text(_state(summary), style),
            "" if took is None else f"{took:.1f} s", metrics,
        )  # fmt: skip
    return table


def _state(summary: Mapping[str, Any]) -> str:
    if (unheard := summary["unheard"]) is None:
        return str(summary["state"])
    since = datetime.fromtimestamp(unheard["since"]).astimezone()
    return f"{summary['state']}, not heard of since {since:%H:%M}"


@click.command()
@click.argument("run_id", metavar="RUN")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def show(*, run_id: str, store: Path | None, as_json: bool) -> None:
    """Show the steps of RUN, following it if it is still going. RUN may be shortened.

    The name of a sweep shows its runs.
    """
    if sweep.is_sweep(run_id):
        _show_sweep(run_id, store, as_json=as_json)
        return
    folder = _find(run_id, store)
    if as_json:
        click.echo(json.dumps(folder.summary(), indent=2, ensure_ascii=False))
        return
    console = Console()
    plan = folder.plan()
    with LiveTable(console, plan.notebook, folder.path, requests_of(plan)) as table:
        for event in follow(folder, cancels=False):
            table.show(event)
    print_ending(console, folder.summary())


def _show_sweep(name: str, store: Path | None, *, as_json: bool) -> None:
    folders = [run.folder for run in Sweep.find(name, store)]
    if as_json:
        sweep.print_summary(folders)
    else:
        sweep.watch(folders, cancels=False)


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("step", required=False)
@click.option("--full", is_flag=True, help="Also what was too much to be shown in the notebook.")
@store_option
def logs(*, run_id: str, step: str | None, full: bool, store: Path | None) -> None:
    """Print what the cells of RUN, or of one STEP of it, wrote as text."""
    folder = _find(run_id, store)
    if step is not None:
        _check_step(Run(folder), step)
    wrote = [event for event in folder.events() if isinstance(event, ev.CellOutput)]
    whole = _whole_outputs(folder, wrote) if full else {}
    for event in wrote:
        if step not in (None, event.step):
            continue
        prefix = "" if step else f"[{event.step}] "
        place = (event.step, event.attempt, event.cell)
        if place not in whole:
            _print_texts((op.get("output", {}) for op in event.ops), prefix)
        elif (path := whole[place]) is not None:
            whole[place] = None  # once, although there are more events of that cell
            _print_texts(whole_output.read(path), prefix)


def _check_step(run: Run, step: str) -> None:
    if step not in run:
        raise click.BadParameter(f"Run {run.id} has no step '{step}'. Its steps: {', '.join(run)}.")


def _whole_outputs(
    folder: RunFolder, wrote: Iterable[ev.CellOutput]
) -> dict[tuple[str, int, str], Path | None]:
    """Return the files of the cells that wrote too much to be shown."""
    return {
        (event.step, event.attempt, event.cell): path
        for event in wrote
        for op in event.ops
        if "whole" in op and (path := folder.path / op["whole"]).exists()
    }


def _print_texts(outputs: Iterable[Mapping[str, Any]], prefix: str) -> None:
    for output in outputs:
        for line in text_of(output).splitlines():
            click.echo(prefix + line)


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("step", required=False)
@store_option
def cancel(*, run_id: str, step: str | None, store: Path | None) -> None:
    """Stop RUN, or one STEP of it, and wait until nothing of that is left.

    Without a step the others go on; those that need it are skipped.
    """
    folder = _find(run_id, store)
    if step is None:
        folder.request_cancel()
    else:
        folder.request_step_cancel(step)
    state = RunState()
    for event in follow(folder, cancels=False):
        state = fold(state, event)
        if step is not None and event.kind not in ev.CHATTER and state.steps[step].ended:
            click.echo(f"Step {step} of run {folder.id} is {state.steps[step].phase}.")
            return
    click.echo(f"Run {folder.id} is {folder.summary()['state']}.")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("place", metavar="STEP.NAME")
@store_option
def get(*, run_id: str, place: str, store: Path | None) -> None:
    """Print the value that STEP of RUN gave under NAME."""
    step, _, name = place.partition(".")
    run = Run(_find(run_id, store))
    _check_step(run, step)
    sys.stdout.write(f"{run[step][name]}\n")
