"""`nbprism compile`: what the compiler makes of a notebook."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from nbprism.cli.findings import print_findings
from nbprism.cli.notebook import open_notebook
from nbprism.compiler import (  # fmt: skip
    Pipeline,
    Plan,
    Step,
    StepSettings,
    compile_notebook,
    make_plan,
    write_plan,
)
from nbprism.compiler.tagging.step_names import WHOLE_NOTEBOOK
from nbprism.results.page import counted


@click.command("compile")
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the pipeline as JSON.")
@click.option(
    "-o", "--output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Write plan.json and units/STEP.ipynb there.",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="STEP.KEY=VALUE", help="Override a step setting."
)
def compile_command(
    *, notebook: Path, as_json: bool, output: Path | None, settings: tuple[str, ...]
) -> None:
    """Show the steps of NOTEBOOK, the edges between them, and what is wrong with it."""
    source = open_notebook(notebook, settings)
    pipeline = compile_notebook(source)
    if as_json:
        click.echo(json.dumps(pipeline.to_json(), indent=2, ensure_ascii=False))
    else:
        _print(pipeline, notebook)
    if pipeline.errors:
        sys.exit(1)
    if output is not None:
        _write(make_plan(source, pipeline, {}), output)


def _write(plan: Plan, folder: Path) -> None:
    """Write the plan beside the folder first, so that a failure leaves nothing half-written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".nbprism-") as scratch:
        write_plan(plan, Path(scratch))
        if (folder / "plan.json").exists():
            shutil.rmtree(folder / "units", ignore_errors=True)  # of steps that are no more
        folder.mkdir(exist_ok=True)
        shutil.copytree(scratch, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)


def _needs(step: Step) -> str:
    names: dict[str, list[str]] = {}
    for item in step.inputs:
        names.setdefault(item.source, []).append(item.name)
    return "\n".join(f"{', '.join(given)} ({source})" for source, given in names.items())


def asks_for(settings: StepSettings) -> str:
    """Return what a step asks of the cluster beyond one CPU, in words."""
    words = []
    if settings.cpus != 1:
        words.append(f"{settings.cpus:g} CPU")
    if settings.gpus:
        words.append(f"{settings.gpus:g} GPU {settings.accelerator_type or ''}".rstrip())
    if settings.memory:
        words.append(f"{settings.memory / 1e6:,.0f} MB")
    words.extend(f"{amount:g} {name}" for name, amount in settings.resources.items())
    return ", ".join(words)


def _print(pipeline: Pipeline, notebook: Path) -> None:
    console = Console()
    table = Table(
        title=f"{pipeline.name}: {counted(len(pipeline.steps), 'step')}",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    wishes = [asks_for(step.settings) for step in pipeline.steps]
    for heading in ("step", "cells", "needs", "gives", "parameters"):
        table.add_column(heading, overflow="fold")
    if any(wishes):
        table.add_column("asks for", overflow="fold")
    for step, wish in zip(pipeline.steps, wishes, strict=True):
        table.add_row(
            step.name, str(len(step.cells)), _needs(step), ", ".join(step.outputs),
            ", ".join(step.parameters), *([wish] if any(wishes) else []),
        )  # fmt: skip
    console.print(table)
    if [step.name for step in pipeline.steps] == [WHOLE_NOTEBOOK]:
        console.print(
            "No cell is tagged as a step, so the whole notebook is one. Let steps be proposed: "
            f"nbprism tag {shlex.quote(str(notebook))} --suggest",
            style="dim", soft_wrap=True, highlight=False,
        )  # fmt: skip
    print_findings(console, pipeline)
