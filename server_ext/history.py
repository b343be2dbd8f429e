"""The runs of one notebook, or of all below a folder: newest first, filtered, page by page.

Everything here is derived from the runs' logs; nothing is kept that could contradict them.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nbprism.runner.launch import attend
from nbprism.runner.store import RunFolder, Store
from nbprism.server_ext.roots import ContentsRoot
from nbprism.server_ext.summaries import FINAL, Summaries

LARGEST_PAGE: Final = 500
STORE_NAME: Final = ".nbprism"
FOLDERS_SEARCHED: Final = 5_000
"""How many folders are looked into for stores; a root with more says so."""
NOT_SEARCHED: Final = frozenset({"node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True)
class RunsQuery:
    """Which runs are wanted."""

    path: str | None = None
    """Contents path of the notebook, or None for every notebook below `folder`."""
    folder: str = ""
    """Contents path of a folder; empty for the whole root."""
    states: frozenset[str] = frozenset()
    """Only runs in one of these states; empty for any."""
    search: str = ""
    """Words that must all stand in a run's id, notebook, parameters, metrics or error."""
    limit: int = LARGEST_PAGE
    before: str | None = None
    """Only runs made before this one: the last of the page that was seen."""


@dataclass(frozen=True, slots=True)
class RunsPage:
    """Some runs, and whether there are more."""

    runs: tuple[dict[str, Any], ...]
    more: bool
    searched_all: bool = True
    """False where the root has too many folders to look into each."""

    def to_json(self) -> dict[str, Any]:
        return {"runs": list(self.runs), "more": self.more, "searched_all": self.searched_all}


@dataclass(frozen=True, slots=True)
class History:
    """Lists runs, for notebooks inside one root folder."""

    root: ContentsRoot
    summaries: Summaries = field(default_factory=Summaries)

    def page(self, query: RunsQuery) -> RunsPage:
        """Return the newest runs that fit the query.

        Raises:
            PathOutsideRoot: its path or folder is not inside the root.
        """
        runs, searched_all = self._runs(query)
        found: list[dict[str, Any]] = []
        for run in runs:
            if query.before is not None and _moment(run.id) >= _moment(query.before):
                continue
            row = self.row(run)
            if _fits(row, query):
                if len(found) == query.limit:
                    return RunsPage(tuple(found), more=True, searched_all=searched_all)
                found.append(row)
        return RunsPage(tuple(found), more=False, searched_all=searched_all)

    def row(self, run: RunFolder) -> dict[str, Any]:
        """Return what a list shows of a run: its summary, its notebook's path, its pin.

        A run on another cluster that nobody writes down here any more is attended to, so that
        the next look sees it as it is.
        """
        summary = self.summaries.listed(run)
        if summary["state"] not in FINAL:
            attend(run)
        path = self._contents_path(run, summary["notebook"])
        return {**summary, "path": path, "pinned": run.is_pinned()}

    def _runs(self, query: RunsQuery) -> tuple[Iterator[RunFolder], bool]:
        if query.path is not None:
            file = self.root.notebook(query.path)
            return iter(Store.beside(file).runs_of(file)), True
        search = _Search(self.root.directory(query.folder))
        stores = [Store(folder) for folder in search.stores()]
        newest = heapq.merge(*(s.runs() for s in stores), key=lambda r: _moment(r.id), reverse=True)
        return iter(newest), search.is_complete

    def _contents_path(self, run: RunFolder, notebook: str) -> str | None:
        """Return the contents path of the run's notebook; its folder may have been moved."""
        folder = self.root.folder
        if folder is None or not notebook:
            return None
        beside = run.store.parent / Path(notebook).name
        try:
            return beside.relative_to(folder.resolve()).as_posix()
        except ValueError:
            return None


class _Search:
    """Looks for stores below a folder; hidden folders and links are left out."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self.is_complete = True

    def stores(self) -> list[Path]:
        found: list[Path] = []
        for count, (folder, names, _) in enumerate(os.walk(self._top)):
            if count == FOLDERS_SEARCHED:
                self.is_complete = False
                break
            if STORE_NAME in names and not (Path(folder) / STORE_NAME).is_symlink():
                found.append(Path(folder) / STORE_NAME)
            names[:] = [n for n in names if not n.startswith(".") and n not in NOT_SEARCHED]
        return found


def _fits(row: dict[str, Any], query: RunsQuery) -> bool:
    if query.states and row["state"] not in query.states:
        return False
    words = query.search.casefold().split()
    return not words or all(word in _text(row) for word in words)


def _text(row: dict[str, Any]) -> str:
    """Return what a search looks at."""
    parts = (
        row["run"], row["state"], Path(row["notebook"]).name, _pairs(row["parameters"]),
        _pairs(row["metrics"]), json.dumps(row["error"], ensure_ascii=False), row["sweep"] or "",
    )  # fmt: skip
    return " ".join(parts).casefold()


def _pairs(values: dict[str, Any]) -> str:
    """Return `name=value` for each, so that `lr=0.1` can be searched for."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def _moment(run_id: str) -> tuple[str, str]:
    return run_id[:15], run_id[-4:]
