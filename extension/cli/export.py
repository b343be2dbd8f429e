"""`nbprism export`: a run as one file to keep or to send."""

from __future__ import annotations

from pathlib import Path

import click

from nbprism.cli.runs import store_option
from nbprism.results import Run


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Ends with .html for a report, .ipynb for the executed notebook. Default: RUN.html here.",
)  # fmt: skip
@store_option
def export(*, run_id: str, output: Path | None, store: Path | None) -> None:
    """Write the notebook of RUN with its outputs as one file."""
    run = Run.find(run_id, store)
    click.echo(run.export(output or Path(f"{run.id}.html")))
