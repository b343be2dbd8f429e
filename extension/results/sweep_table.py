"""A sweep on a terminal: one table of all its runs, which changes while they go on."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nbprism.results.live_table import LOOKS
from nbprism.results.page import short
from nbprism.results.sweep_rows import Row, Rows, reported, row_of, varied
from nbprism.runner.following import follow_all
from nbprism.runner.store import RunFolder


def table_of(rows: Sequence[Row]) -> Table:
    """Return a row for each run, with what differs and its metrics."""
    names = varied([row.parameters for row in rows])
    metrics = reported(rows)
    table = Table(box=None, pad_edge=False)
    for heading in ("", *names, *metrics, "time", "run"):
        table.add_column(heading)
    for row in rows:
        sign, style = LOOKS.get(row.state, ("●", "yellow"))
        table.add_row(
            Text(f"{sign} {row.state} {row.progress}".rstrip(), style),
            *(short(row.parameters.get(name)) for name in names),
            *(short(row.metrics.get(name, "")) for name in metrics),
            "" if row.duration_s is None else f"{row.duration_s:.1f} s",
            row.run,
        )
    return table


def watch(console: Console, folders: Sequence[RunFolder], *, cancels: bool = True) -> None:
    """Show the runs while they go on, and what became of them.

    Where there is no terminal, a line per change and the table at the end. The first Ctrl-C cancels
    them all, if `cancels`.
    """
    rows = Rows(folders)
    live = Live(console=console, refresh_per_second=10, get_renderable=lambda: table_of([*rows]))
    with live if console.is_terminal else contextlib.nullcontext():
        for folder, event in follow_all(folders, cancels=cancels):
            phase = rows.take(folder, event)
            if phase is not None and not console.is_terminal:
                console.print(f"{folder.id} {phase}", highlight=False)
    if not console.is_terminal:
        console.print(table_of([row_of(folder.summary()) for folder in folders]))
