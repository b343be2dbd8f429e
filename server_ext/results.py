"""What one run left, read for people: its plan, what its steps used, its notebooks, its log.

Knows no HTTP. Values are never loaded: of an artifact only its description is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.plan_folder import notebook_bytes
from nbprism.runner import launch
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.reading import read_acceptance
from nbprism.runner.store import RunFolder, Store
from nbprism.server_ext import metrics
from nbprism.server_ext.bodies import AgainRequest
from nbprism.server_ext.clusters import Clusters
from nbprism.server_ext.errors import ExecutedMissing
from nbprism.server_ext.history import History
from nbprism.server_ext.report import report_of

LOG_TAIL: Final = 64 * 1024
"""How much of a driver's last words is sent."""


@dataclass(frozen=True, slots=True)
class Results:
    """Reads, repeats and pins runs, for notebooks inside one root folder."""

    history: History
    clusters: Clusters

    def detail(self, path: str, run: str) -> dict[str, Any]:
        """Return a run in full: its row, the units of its plan, what each step used.

        Raises:
            RunNotFound: the notebook's store has no such run.
            PlanRejected: its plan is damaged.
        """
        folder = self._run(path, run)
        units = folder.plan().units
        return {
            "summary": self.history.row(folder),
            "units": [_unit_form(unit.to_json()) for unit in units],
            "usage": {unit.step: _usage(folder.manifest_path(unit.step)) for unit in units},
        }

    def notebook(self, path: str, run: str) -> bytes:
        """Return the notebook as it was when the run was submitted, in JSON."""
        return notebook_bytes(self._run(path, run).plan().notebook)

    def report(self, path: str, run: str) -> str:
        """Return the executed notebook as an HTML page without scripts of the notebook.

        Raises:
            ExecutedMissing: the run has not written it, or not yet.
        """
        folder = self._run(path, run)
        try:
            form = json.loads(folder.executed_path().read_bytes())
        except FileNotFoundError as error:
            raise ExecutedMissing(f"Run {run} has written no executed notebook yet.") from error
        return report_of(form, title=f"{Path(path).stem}: {run}")

    def driver_log(self, path: str, run: str) -> dict[str, Any]:
        """Return the last words of the run's driver: what Ray and it said."""
        place = self._run(path, run).driver_log_path
        try:
            with place.open("rb") as log:
                size = log.seek(0, 2)
                log.seek(max(0, size - LOG_TAIL))
                text = log.read().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return {"text": "", "cut": False}
        return {"text": text, "cut": size > LOG_TAIL}

    def again(self, run: str, request: AgainRequest) -> dict[str, Any]:
        """Run the same plan again where it ran, all of it or the rest, and return the new row.

        Raises:
            PlanRejected: a step can no longer be placed.
        """
        folder = self._run(request.path, run)
        options = RunOptions(resumes=folder.id) if request.resume else USUAL
        cluster = self.clusters.still(read_acceptance(folder.log_path).cluster)
        begun = launch.submit(
            Store(folder.store),
            folder.plan(),
            notebook_path=self.history.root.notebook(request.path),
            cluster=cluster,
            submit_key=request.submit_key,
            options=options,
        )
        metrics.ACTIVE.add(begun, cluster)
        return self.history.row(begun)

    def pin(self, path: str, run: str, *, pinned: bool) -> dict[str, Any]:
        """Keep a run from being deleted, or no longer, and return its row."""
        folder = self._run(path, run)
        folder.pin(pinned=pinned)
        return self.history.row(folder)

    def _run(self, path: str, run: str) -> RunFolder:
        return Store.beside(self.history.root.notebook(path)).run(run)


SHOWN: Final = ("step", "cells", "needs", "inputs", "outputs", "parameters", "settings")


def _unit_form(unit: dict[str, Any]) -> dict[str, Any]:
    return {name: unit[name] for name in SHOWN}


def _usage(manifest: Path) -> dict[str, Any]:
    """Return what the step used, as its manifest says; a step that published none used nothing."""
    try:
        used = json.loads(manifest.read_bytes()).get("usage") or {}
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in used.items() if isinstance(value, int | float)}
