"""A sweep as it is shown where Python runs: a live table in a notebook, the same on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprism.results.live_view import LiveView
from nbprism.results.place import in_notebook
from nbprism.results.sweep_page import sweep_page, sweep_text
from nbprism.results.sweep_rows import Row, Rows, row_of, state_of
from nbprism.runner.following import follow_all

if TYPE_CHECKING:
    from nbprism.results.sweep import Sweep


def rows_of(sweep: Sweep) -> list[Row]:
    """Return the runs as they stand."""
    return [row_of(run.summary) for run in sweep]


def snapshot(sweep: Sweep) -> dict[str, str]:
    """Return the sweep as it stands, as a MIME bundle for people."""
    rows, state = rows_of(sweep), sweep.state
    return {
        "text/html": sweep_page(sweep.id, state, rows),
        "text/plain": sweep_text(sweep.id, state, rows),
    }


def show_here(sweep: Sweep, *, wait: bool) -> None:
    """Show the sweep in the output of this cell, or on the terminal, as it goes on."""
    if not in_notebook():
        _show_on_terminal(sweep, wait=wait)
    elif sweep.ended:
        from IPython.display import display

        display(snapshot(sweep), raw=True)  # type: ignore[no-untyped-call]
    else:
        SweepView(sweep).start(wait=wait)


def _show_on_terminal(sweep: Sweep, *, wait: bool) -> None:
    from rich.console import Console

    from nbprism.results.sweep_table import watch

    if wait:
        watch(Console(), [run.folder for run in sweep])
    else:
        sys.stdout.write(snapshot(sweep)["text/plain"] + "\n")


class SweepView(LiveView):
    """The runs of a sweep, one a row."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._rows = Rows(run.folder for run in sweep)
        super().__init__(sweep.id)

    def _html(self) -> str:
        rows = [*self._rows]
        return sweep_page(self._sweep.id, state_of([row.state for row in rows]), rows)

    def _text(self) -> str:
        rows = [*self._rows]
        return sweep_text(self._sweep.id, state_of([row.state for row in rows]), rows)

    def _moments(self, *, cancels: bool) -> Iterator[bool]:
        folders = [run.folder for run in self._sweep]
        for folder, event in follow_all(folders, cancels=cancels):
            yield self._rows.take(folder, event) is not None

    def _last(self) -> dict[str, str]:
        return snapshot(self._sweep)

    def _stop(self) -> None:
        self._sweep.cancel()

    def _again(self) -> str:
        return f'nbprism.Sweep.find("{self._sweep.id}").show()'
