"""Unit notebooks written by hand, in the form the compiler gives them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from nbprism.runner.kernels import warm
from nbprism.runner.kernels.environment import kernel_environment
from nbprism.runner.unit.attempt import UnitSpec, execute_unit

Report = dict[str, Any]
PATIENCE_S = 60
"""For what takes a moment, and longer on a busy machine."""


def code_cell(cell_id: str, source: str, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": cell_id, "metadata": metadata, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def notebook(cells: Iterable[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel},
        "cells": list(cells),
    }  # fmt: skip


def unit_notebook(
    step: str,
    *sources: str | dict[str, Any],
    inputs: Mapping[str, str] | None = None,
    outputs: Sequence[str] = (),
    metrics: Sequence[str] = (),
    left: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the unit of a step; own cells are called c0, c1, ..."""
    start = f"import nbprism.runner.unit.step as __nbprism__; __nbprism__.begin({step!r})"
    cells = [code_cell("nbprism-header", start)]
    if inputs:
        cells.append(code_cell("nbprism-load", f"__nbprism__.load(globals(), {dict(inputs)!r})"))
    for index, source in enumerate(sources):
        cells.append(code_cell(f"c{index}", source) if isinstance(source, str) else source)
    save = f"__nbprism__.save(globals(), {list(outputs)!r}, metrics={list(metrics)!r}"
    save += f", left={list(left)!r})"
    return notebook([*cells, code_cell("nbprism-save", save)])


@dataclass
class Ran:
    """What a unit reported."""

    batches: list[list[Report]] = field(default_factory=list)

    @property
    def reports(self) -> list[Report]:
        return [report for batch in self.batches for report in batch]

    @property
    def end(self) -> Report:
        return self.reports[-1]

    @property
    def kinds(self) -> list[str]:
        return [report["kind"] for report in self.reports]

    @property
    def error(self) -> Report:
        found: Report = self.end["error"]
        return found

    def ops(self, cell: str) -> list[Report]:
        return [
            op for r in self.reports if r["kind"] == "cell-output" and r["cell"] == cell
            for op in r["ops"]
        ]  # fmt: skip

    def text(self, cell: str, name: str = "stdout") -> str:
        streams = [op["output"] for op in self.ops(cell) if op["op"] == "append"]
        return "".join(o["text"] for o in streams if o.get("name") == name)


def warm_process(env_vars: Mapping[str, str] | None = None) -> warm.WarmProcess:
    """Return the warm process that units run here use."""
    return warm.warm_for(kernel_environment(os.environ, env_vars or {}))


def is_gone(pid: int) -> bool:
    """Return whether a process has ended, or does after a moment; a zombie has."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def left_over() -> list[int]:
    """Return which kernels that were started here are still there after a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while (left := _kernels()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def _kernels() -> list[int]:
    status = warm_process().status() or {"kernels": []}
    return [
        *status["kernels"],
        *(child.pid for child in psutil.Process().children() if _boots(child)),
    ]


def _boots(process: psutil.Process) -> bool:
    """Return whether it is a kernel that was started from nothing; other tests start other things."""
    try:
        return "nbprism.runner.kernels.boot" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def run_unit(store: Path, step: str, unit: dict[str, Any], **spec: Any) -> Ran:
    values = {"run": "r1", "attempt": 1, "cwd": str(store), **spec}
    return Ran(list(execute_unit(UnitSpec(store=str(store), step=step, notebook=unit, **values))))
