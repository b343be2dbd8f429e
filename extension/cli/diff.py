"""`nbprism diff`: what differs between two runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nbprism.cli.runs import store_option
from nbprism.results import Run
from nbprism.results import diff as compare


@click.command()
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="OTHER")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def diff(*, before: str, after: str, store: Path | None, as_json: bool) -> None:
    """Show what differs from RUN to OTHER: parameters, metrics, states and code."""
    found = compare(Run.find(before, store), Run.find(after, store))
    click.echo(
        json.dumps(found.to_json(), indent=2, ensure_ascii=False) if as_json else repr(found)
    )
