"""`nbprism tag`: tags for a notebook that has none, or that has Kale's."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from nbprism.compiler import from_kale, read_notebook, suggest, with_tags
from nbprism.runner.files import write_atomically


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--suggest", "by_code", is_flag=True, help="Propose steps from headings and code.")
@click.option("--from-kale", is_flag=True, help="Rewrite Kale's tags and metadata as nbprism's.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the tagged notebook there; it may be NOTEBOOK itself. Without it, nothing is.",
)  # fmt: skip
def tag(*, notebook: Path, by_code: bool, from_kale: bool, output: Path | None) -> None:
    """Show, or write, tags for NOTEBOOK."""
    if by_code == from_kale:
        raise click.UsageError("Say either --suggest or --from-kale.")
    before = read_notebook(notebook)
    after = with_tags(before, suggest(before).tags) if by_code else _without_kale(before.raw)
    _print(after)
    if output is None:
        click.echo("Nothing is written yet: add -o FILE.", err=True)
        sys.exit(0)
    text = json.dumps(after, indent=1, ensure_ascii=False) + "\n"
    write_atomically(output, text.encode())
    click.echo(f"Written: {output}")


def _without_kale(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    # The option of the command shadows the function of the same name.
    return from_kale(raw)


def _print(raw: Mapping[str, Any]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    for heading in ("cell", "tags"):
        table.add_column(heading, overflow="fold")
    table.add_column("begins with", no_wrap=True, ratio=1)
    for number, cell in enumerate(raw["cells"], start=1):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"]).strip()
            first = source.splitlines()[0] if source else ""
            table.add_row(str(number), ", ".join(cell["metadata"].get("tags", ())), first)
    Console().print(table, markup=False)
