"""Runs as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbprism.compiler.errors import NotebookUnreadable
from nbprism.results.finding import runs_near
from nbprism.runner.store import Store

if TYPE_CHECKING:
    import pandas as pd


def runs(notebook: Path | str | None = None, *, store: Path | str | None = None) -> pd.DataFrame:
    """Return the runs of a notebook, or all runs near here, one a row, the newest first.

    The index is the run's id. Columns: `state`, `created_at` (UTC), `duration_s` (seconds),
    `pipeline`, then `parameters.NAME` and `metrics.NAME` for all that any of the runs has.

    Example:
        >>> table = nbprism.runs("train.ipynb")
        >>> table.loc[run.id, "state"], float(table.loc[run.id, "metrics.accuracy"])
        ('succeeded', 0.5)

    Raises:
        NotebookUnreadable: there neither is such a notebook, nor is a run of one left.
        ModuleNotFoundError: pandas is not installed; `nbprism runs --json` needs none.
    """
    place = None if notebook is None else Path(notebook)
    folders = runs_near(place, None if store is None else Store(Path(store)))
    summaries = [folder.listed() for folder in folders]
    if place is not None and not summaries and not place.exists():
        raise NotebookUnreadable(f"{place} does not exist, and has left no runs. Check the path.")
    summaries.sort(key=lambda summary: summary["created_at"], reverse=True)
    return table_of(summaries)


def table_of(summaries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the summaries of runs as a table, in the order they are given."""
    import pandas as pd

    rows = [_row(summary) for summary in summaries]
    columns = ["run", "state", "created_at", "duration_s", "pipeline"]
    extra = sorted({key for row in rows for key in row} - set(columns))
    table = pd.DataFrame(rows, columns=[*columns, *extra[::-1]]).set_index("run")
    table["created_at"] = pd.to_datetime(table["created_at"], unit="s", utc=True)
    return table


def _row(summary: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: summary[key] for key in ("run", "state", "created_at", "duration_s", "pipeline")}
    parameters = {f"parameters.{name}": value for name, value in summary["parameters"].items()}
    metrics = {f"metrics.{name}": value for name, value in summary["metrics"].items()}
    return {**own, **parameters, **metrics}
