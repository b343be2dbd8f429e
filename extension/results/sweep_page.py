"""A sweep as a table of HTML, and as text: shown while it goes on, and kept by a saved notebook.

Pure: rows in, text out. Everything that comes from a notebook is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from nbprism.results.page import CELL, coloured, short
from nbprism.results.sweep_rows import Row, reported, varied
from nbprism.runner.flow.state import ENDED_RUNS

_HEAD: Final = f"{CELL};font-weight:600;position:sticky;top:0"


def sweep_page(sweep: str, state: str, rows: Sequence[Row]) -> str:
    """Return the sweep as HTML: a line about the whole, then a row for each run."""
    names, metrics = varied([row.parameters for row in rows]), reported(rows)
    heads = [*names, "state", *metrics, "time", "run"]
    return "".join(
        [
            '<div style="font-size:13px;line-height:1.5">',
            f"<div>{coloured(state)}, {_ended(rows)} ",
            f'<span style="opacity:.6">{escape(sweep)}</span></div>',
            # Of a large sweep as much as fits on a screen, and the rest by scrolling.
            '<div style="max-height:26em;overflow:auto">',
            '<table style="border-collapse:collapse"><thead><tr>',
            *(f'<th style="{_HEAD}">{escape(head)}</th>' for head in heads),
            "</tr></thead><tbody>",
            *(_row(row, names, metrics) for row in rows),
            "</tbody></table></div></div>",
        ]
    )


def _row(row: Row, names: Iterable[str], metrics: Iterable[str]) -> str:
    cells = [
        *(escape(short(row.parameters.get(name))) for name in names),
        f"{coloured(row.state)} {row.progress}",
        *(f"<b>{escape(short(row.metrics.get(name, '')))}</b>" for name in metrics),
        "" if row.duration_s is None else f"{row.duration_s:.1f} s",
        f'<span style="opacity:.6">{escape(row.run)}</span>',
    ]
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"


def sweep_text(sweep: str, state: str, rows: Sequence[Row]) -> str:
    """Return the sweep as a compact table of plain text."""
    return "\n".join([f"{sweep}: {state}, {_ended(rows)}", *_lines(rows)])


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    names = varied([row.parameters for row in rows])
    for row in rows:
        values = [f"{name}={row.parameters.get(name)!r}" for name in names]
        metrics = [f"{name} = {short(value)}" for name, value in row.metrics.items()]
        yield "  " + "  ".join(filter(None, [*values, row.state, row.progress, *metrics, row.run]))


def _ended(rows: Sequence[Row]) -> str:
    ended = sum(row.state in ENDED_RUNS for row in rows)
    return f"{ended} of {len(rows)} runs ended"
