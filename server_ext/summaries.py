"""Summaries of runs, read again only while they can change.

A run that is over stays as it is, so its log is read once, and what it said is kept beside it in
`summary.json`: a list of many runs is then as quick as the few that are still going, also after the
server was started anew. Delete these files and they are made again.
"""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from nbprism.runner.files import write_atomically
from nbprism.runner.store import RunFolder

KEPT = 2000
KEPT_IN: Final = "summary.json"
SCHEMA: Final = 1
"""Version of that file; another one is made again."""
FINAL = frozenset({"succeeded", "failed", "cancelled"})
"""`lost` is not among them: it is a conclusion, and a driver that was only slow refutes it."""


class Summaries:
    """Gives summaries, and remembers those that are final."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._final: OrderedDict[Path, dict[str, Any]] = OrderedDict()

    def of(self, run: RunFolder) -> dict[str, Any]:
        """Return the summary of a run as it is now.

        Raises:
            LogUnreadable: its log says nothing that can be understood.
        """
        return self._known(run) or self._told(run, run.summary())

    def listed(self, run: RunFolder) -> dict[str, Any]:
        """Return the summary of a run for a list; a damaged log is told in it."""
        return self._known(run) or self._told(run, run.listed())

    def _known(self, run: RunFolder) -> dict[str, Any] | None:
        return self._final.get(run.path) or self._remembered(run, _read(run))

    def _told(self, run: RunFolder, summary: dict[str, Any]) -> dict[str, Any]:
        if summary["state"] in FINAL:
            _write(run, summary)
            self._remembered(run, summary)
        return summary

    def _remembered(self, run: RunFolder, summary: dict[str, Any] | None) -> dict[str, Any] | None:
        if summary is not None:
            self._final[run.path] = summary
            if len(self._final) > self._kept:
                self._final.popitem(last=False)
        return summary


def _read(run: RunFolder) -> dict[str, Any] | None:
    """Return the summary that was kept of the log as it is, or None."""
    try:
        form = json.loads((run.path / KEPT_IN).read_bytes())
        is_of_log = (form["schema"], form["log_bytes"]) == (SCHEMA, run.log_path.stat().st_size)
        summary: dict[str, Any] = form["summary"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return summary if is_of_log and summary.get("run") == run.id else None


def _write(run: RunFolder, summary: dict[str, Any]) -> None:
    # Somebody else's store, or a full disk: then the log is read again next time.
    with contextlib.suppress(OSError):
        form = {
            "schema": SCHEMA,
            "log_bytes": run.log_path.stat().st_size,
            "summary": summary,
        }
        write_atomically(run.path / KEPT_IN, json.dumps(form).encode(), durable=False)
