"""Execute one unit: one attempt of one step of one run, in this process and a kernel of its own.

No Ray here. The driver calls `execute_unit` inside a Ray task and forwards what it yields.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
import time
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from nbformat.notebooknode import from_dict

from nbprism.runner import layout
from nbprism.runner.events import Failure
from nbprism.runner.kernels.environment import kernel_environment, of_the_place
from nbprism.runner.manifests import told_outputs
from nbprism.runner.unit import explain
from nbprism.runner.unit.batches import Batches
from nbprism.runner.unit.execution import Execution, Limits
from nbprism.runner.unit.spec import UnitSpec

ENGINE: Final = "nbprism"
_ERROR_MARKER: Final = "papermill-error-cell-tag"


def execute_unit(spec: UnitSpec) -> Iterator[list[dict[str, Any]]]:
    """Execute a unit and yield batches of reports; the last report says how it ended.

    Never raises for anything the user's code does. Closing the generator ends the kernel.
    """
    unit = _Unit(spec)
    worker = threading.Thread(target=unit.run, name=f"nbprism-unit-{spec.step}", daemon=True)
    worker.start()
    try:
        yield [{"kind": "unit-started", "pid": os.getpid(), "node": platform.node()}]
        yield from unit.batches
    finally:
        unit.execution.cancel()
        worker.join()


class _Unit:
    """One unit while it runs."""

    def __init__(self, spec: UnitSpec) -> None:
        self._spec = spec
        self._folder = layout.run_folder(Path(spec.store), spec.run)
        self._started = time.monotonic()
        self.batches = Batches()
        limits = Limits(
            timeout_s=spec.timeout_s,
            interrupt_grace_s=spec.interrupt_grace_s,
            max_output_bytes=spec.max_output_bytes,
            whole_output=partial(layout.whole_output, self._folder, spec.step, spec.attempt),
        )
        self.execution = Execution(
            report=self.batches.put, limits=limits, cwd=spec.cwd, env=self._environment()
        )

    def _environment(self) -> dict[str, str]:
        own = {
            "NBPRISM_STORE": str(Path(self._spec.store).absolute()),
            "NBPRISM_RUN": self._spec.run,
            "NBPRISM_ATTEMPT": str(self._spec.attempt),
        }
        if self._spec.item is not None:
            own["NBPRISM_ITEM"] = str(self._spec.item)
        if self._spec.takes:
            own["NBPRISM_TAKES"] = json.dumps(dict(self._spec.takes))
        inherited = os.environ if self._spec.inherits else of_the_place(os.environ)
        return kernel_environment(inherited, {**self._spec.env_vars, **own})

    def run(self) -> None:
        """Run to the end, whatever it is, and report it as the last thing."""
        try:
            report = self._run()
        except Exception:  # the unit's edge: a bug of ours must be reported, not lost
            report = _ended("crashed", explain.internal_error(traceback.format_exc()))
        report["duration_s"] = round(time.monotonic() - self._started, 4)
        self.batches.put(report)
        self.batches.close()

    def _run(self) -> dict[str, Any]:
        if self._spec.is_again:
            # On a node that the driver does not share a disk with, nobody else does.
            layout.manifest(self._folder, self._spec.step).unlink(missing_ok=True)
        problem = self._execute()
        if reason := explain.why_skipped(self.execution):
            self._write_executed()
            return {"kind": "unit-skipped", "reason": reason}
        if self.execution.ended_by is not None:
            state, failure = explain.verdict(self.execution)
            self._write_executed()
            return _ended(state, failure)
        if problem is not None:
            return _ended("crashed", problem)
        return self._publish()

    def _execute(self) -> Failure | None:
        """Execute the notebook through papermill; return why it could not even be tried."""
        import papermill
        from papermill.engines import papermill_engines
        from papermill.exceptions import PapermillExecutionError

        from nbprism.runner.kernels.launch import KernelStartFailed
        from nbprism.runner.unit.engine import PrismEngine

        # Registered by the entry point, too; not so in a checkout that is not installed.
        papermill_engines.register(ENGINE, PrismEngine)
        notebook = from_dict(self._spec.notebook)  # type: ignore[no-untyped-call]
        try:
            papermill.execute_notebook(
                notebook, None, engine_name=ENGINE, progress_bar=False, execution=self.execution
            )
        except PapermillExecutionError:
            # Raised for every error in an output, a cell that may raise included. What counts is
            # `ended_by`.
            return None
        except (KernelStartFailed, TimeoutError, OSError) as error:
            return explain.no_kernel(error)
        return None

    def _publish(self) -> dict[str, Any]:
        """Make the attempt's outputs visible, all at once."""
        self._write_executed()
        spec = self._spec
        mine = layout.manifest(self._folder, spec.step, spec.attempt)
        try:
            manifest = json.loads(mine.read_text(encoding="utf-8"))
            os.link(mine, layout.manifest(self._folder, spec.step))
        except FileNotFoundError:
            return _ended("failed", explain.nothing_saved(spec.step))
        except FileExistsError:
            return _ended("crashed", explain.superseded(spec.step))
        return {
            "kind": "unit-succeeded",
            "outputs": told_outputs(manifest),
            "metrics": manifest["metrics"],
            "changed": list(manifest.get("changed", ())),
            "usage": manifest["usage"],
        }

    def _write_executed(self) -> None:
        """Write the unit's notebook as it is now; a full disk must not hide how the unit ended."""
        notebook = self.execution.notebook
        place = layout.executed_unit(self._folder, self._spec.step, self._spec.attempt)
        draft = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(_plain(notebook), indent=1, ensure_ascii=False)
            draft.write_text(f"{text}\n", encoding="utf-8")
            draft.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def _ended(state: str, failure: Failure) -> dict[str, Any]:
    return {"kind": f"unit-{state}", "error": failure.to_json()}


def _plain(notebook: Any) -> dict[str, Any]:
    """Return the notebook without the cells papermill puts next to an error."""
    cells = [c for c in notebook.cells if _ERROR_MARKER not in c.metadata.get("tags", [])]
    return {**notebook, "cells": cells}
