"""`nbprism run`: compile a notebook, run it, watch it, say where the results are."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from nbprism.cli.findings import print_findings
from nbprism.cli.notebook import open_notebook
from nbprism.compiler import Pipeline, compile_notebook, make_plan
from nbprism.compiler.parameter_values import value_of
from nbprism.results.live_table import LiveTable
from nbprism.runner.events import to_json
from nbprism.runner.following import follow
from nbprism.runner.launch import submit
from nbprism.runner.store import RunFolder, Store

FAILED = 1
REFUSED = 2


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option(
    "-p", "--parameter", "assignments", multiple=True, metavar="NAME=VALUE",
    help="Give a parameter another value for this run.",
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
    help="Where the steps run. Only `local`, a Ray that starts by itself, is there so far.",
)  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="Print one event per line and last a summary."
)
def run(
    *,
    notebook: Path,
    assignments: tuple[str, ...],
    settings: tuple[str, ...],
    store: Path | None,
    cluster: str,
    as_json: bool,
) -> None:
    """Run NOTEBOOK as a pipeline on Ray and wait for it. Ctrl-C cancels the run."""
    source = open_notebook(notebook, settings)
    pipeline = compile_notebook(source)
    if pipeline.errors:
        print_findings(Console(stderr=True), pipeline)
        sys.exit(REFUSED)
    plan = make_plan(source, pipeline, _values(assignments, pipeline))
    folder = submit(_store(store, notebook), plan, notebook_path=notebook, cluster=cluster)
    summary = _watch_as_json(folder) if as_json else _watch(folder, pipeline)
    sys.exit(0 if summary["state"] == "succeeded" else FAILED)


def _store(folder: Path | None, notebook: Path) -> Store:
    return Store(folder) if folder else Store.beside(notebook)


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


def _watch(folder: RunFolder, pipeline: Pipeline) -> Mapping[str, Any]:
    console = Console()
    console.print(f"Run [bold]{folder.id}[/] of {pipeline.name}: {len(pipeline.steps)} steps")
    with LiveTable(console, folder.plan().notebook) as table:
        for event in follow(folder):
            table.show(event)
    summary = folder.summary()
    _print_end(console, summary)
    return summary


def _print_end(console: Console, summary: Mapping[str, Any]) -> None:
    for name, value in summary["metrics"].items():
        shown = f"{value:.6g}" if isinstance(value, float) else value
        console.print(f"  {name} = [bold]{shown}[/]", highlight=False)
    if summary["executed"]:
        console.print(
            f"Executed notebook: {_near(summary['executed'])}", soft_wrap=True, highlight=False
        )
    if (error := summary["error"]) and error["step"] is None:
        console.print(f"[red]{error['evalue']}[/] {error['hint']}", soft_wrap=True, highlight=False)
    took = summary["duration_s"]
    within = "" if took is None else f" in {took:.1f} s"
    console.print(f"Run {summary['state']}{within}.", highlight=False)


def _near(path: str) -> str:
    """Return the path relative to the working directory where that is shorter."""
    here = Path.cwd()
    absolute = Path(path).resolve()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
