"""Summaries of runs, read again only while they can change.

A run that is over stays as it is, so its log is read once; a list of many runs is then as quick as
the few that are still going.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from nbprism.runner.store import RunFolder

KEPT = 2000
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
        return self._final.get(run.path) or self._remembered(run, run.summary())

    def listed(self, run: RunFolder) -> dict[str, Any]:
        """Return the summary of a run for a list; a damaged log is told in it."""
        return self._final.get(run.path) or self._remembered(run, run.listed())

    def _remembered(self, run: RunFolder, summary: dict[str, Any]) -> dict[str, Any]:
        if summary["state"] in FINAL:
            self._final[run.path] = summary
            if len(self._final) > self._kept:
                self._final.popitem(last=False)
        return summary
