"""`nbprism trace`: a run sent to an OpenTelemetry collector, also one of long ago."""

from __future__ import annotations

import os
from pathlib import Path

import click

from nbprism.cli.runs import store_option
from nbprism.results.finding import find_run
from nbprism.runner import tracing
from nbprism.runner.store import Store


@click.command()
@click.argument("run_id", metavar="RUN")
@store_option
def trace(*, run_id: str, store: Path | None) -> None:
    """Send RUN to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names."""
    run = find_run(run_id, Store(store) if store else None)
    if not tracing.is_on(os.environ):
        raise click.UsageError(f"No collector is named: set {' or '.join(tracing.ENDPOINTS)}.")
    click.echo(f"Run {run.id} was sent: {tracing.send(run)} spans.")
