"""`nbprism resume`: a run goes on from where another one ended."""

from __future__ import annotations

from pathlib import Path

import click

from nbprism.cli.run import watch
from nbprism.cli.runs import store_option
from nbprism.results import Run


@click.command()
@click.argument("run_id", metavar="RUN")
@store_option
@click.option(
    "--from", "from_step", metavar="STEP",
    help="Run STEP and all after it again, even if it had succeeded.",
)  # fmt: skip
@click.option("--cluster", metavar="NAME", help="Where it goes on; default: where RUN ran.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one event per line and last a summary."
)
def resume(
    *, run_id: str, store: Path | None, from_step: str | None, cluster: str | None, as_json: bool
) -> None:
    """Start a new run of what RUN ran, and take over the steps that it finished."""
    watch(Run.find(run_id, store).resume(from_step, cluster=cluster).folder, as_json=as_json)
