"""`nbprism run`: compile a notebook, run it, watch it, say where the results are."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from nbprism.cli import sweep
from nbprism.cli.check import check_it
from nbprism.cli.ending import print_ending
from nbprism.cli.findings import print_findings
from nbprism.cli.forecast import print_forecast
from nbprism.cli.notebook import settings_in
from nbprism.compiler import Pipeline
from nbprism.compiler.parameter_values import value_of
from nbprism.results.live_table import LiveTable
from nbprism.results.page import counted
from nbprism.runner.cluster.request import requests_of
from nbprism.runner.events import to_json
from nbprism.runner.following import follow
from nbprism.runner.options import RunOptions
from nbprism.runner.preparation import prepare
from nbprism.runner.store import RunFolder

FAILED = 1
REFUSED = 2


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option(
    "-p", "--parameter", "assignments", multiple=True, metavar="NAME=VALUE",
    help="Give a parameter another value for this run.",
)  # fmt: skip
@click.option(
    "--sweep", "sweeps", multiple=True, metavar="NAME=a,b,c",
    help="Run once for each of the values; several sweeps make a grid.",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="STEP.KEY=VALUE", help="Override a step setting."
)
@click.option(
    "--store", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
    help="Where runs and artifacts are kept. Default: .nbprism next to the notebook.",
)  # fmt: skip
@click.option(
    "--cluster", default="local", metavar="NAME",
    help="Where the steps run: `local`, a Ray that starts by itself (the default), the address of "
    "a cluster, such as http://head:8265, or a name that `nbprism cluster list` shows.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Run every step, even if nothing changed.")
@click.option(
    "--from", "from_step", metavar="STEP",
    help="Run STEP and all after it even if nothing changed; the others as usual.",
)  # fmt: skip
@click.option(
    "--only", "only_step", metavar="STEP",
    help="Run STEP alone; what it needs must be there from earlier runs.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would run, and why, and run nothing.")
@click.option(
    "--check",
    is_flag=True,
    help="For CI: compile and dry-run; exit 1 if the notebook has errors. Run nothing.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one event per line and last a summary."
)
def run(  # noqa: PLR0913 - one for each option
    *,
    notebook: Path,
    assignments: tuple[str, ...],
    sweeps: tuple[str, ...],
    settings: tuple[str, ...],
    store: Path | None,
    cluster: str,
    no_cache: bool,
    from_step: str | None,
    only_step: str | None,
    dry_run: bool,
    check: bool,
    as_json: bool,
) -> None:
    """Run NOTEBOOK as a pipeline on Ray and wait for it. Ctrl-C cancels the run."""
    options = RunOptions(cache=not no_cache, from_step=from_step, only_step=only_step)
    ready = prepare(
        notebook, settings=settings_in(settings), store=store, cluster=cluster, options=options
    )
    if sweeps and (dry_run or check):
        raise click.UsageError("--dry-run and --check tell of one run: give values with -p.")
    if check:
        sys.exit(check_it(ready, _values(assignments, ready.pipeline), as_json=as_json))
    if ready.pipeline.errors:
        print_findings(Console(stderr=True), ready.pipeline)
        sys.exit(REFUSED)
    values = _values(assignments, ready.pipeline)
    if sweeps:
        folders = ready.submit_sweep(sweep.points_of(sweeps, values, ready.pipeline))
        state = sweep.watch_as_json(folders) if as_json else sweep.watch(folders)
        sys.exit(0 if state == "succeeded" else FAILED)
    if dry_run:
        found = ready.rehearse(values)
        if as_json:
            click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
        else:
            print_forecast(found)
        return
    watch(ready.submit(values), as_json=as_json)


def watch(folder: RunFolder, *, as_json: bool) -> NoReturn:
    """Show how a run goes, and leave with its exit code when it has ended."""
    summary = _watch_as_json(folder) if as_json else _watch(folder)
    sys.exit(0 if summary["state"] == "succeeded" else FAILED)


def _values(assignments: tuple[str, ...], pipeline: Pipeline) -> dict[str, Any]:
    texts = {parameter.name for parameter in pipeline.parameters if parameter.type == "str"}
    values = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.BadParameter(
                f"{assignment!r} is not of the form NAME=VALUE, as in -p lr=0.1."
            )
        values[name] = text if name in texts else value_of(text)
    return values


def _watch_as_json(folder: RunFolder) -> Mapping[str, Any]:
    for event in follow(folder):
        click.echo(json.dumps(to_json(event), ensure_ascii=False))
    summary = folder.summary()
    known = {"run": summary["run"], "state": summary["state"], "steps": summary["steps"]}
    click.echo(
        json.dumps({**known, "metrics": summary["metrics"], "notebook": summary["executed"]})
    )
    return summary


def _watch(folder: RunFolder) -> Mapping[str, Any]:
    console, plan = Console(), folder.plan()
    console.print(
        f"Run [bold]{folder.id}[/] of {plan.pipeline}: {counted(len(plan.units), 'step')}"
    )
    with LiveTable(console, plan.notebook, folder.path, requests_of(plan)) as table:
        for event in follow(folder):
            table.show(event)
    summary = folder.summary()
    print_ending(console, summary)
    return summary
