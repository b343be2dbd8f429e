"""What can happen to a unit, without a kernel: each step's name says what it does.

Executed inside Ray workers in place of `unit.execute_unit` (the driver's `--execute`).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbprism.runner.unit.attempt import UnitSpec

Reports = Iterator[list[dict[str, Any]]]


def execute(spec: UnitSpec) -> Reports:
    """Do what the step is called, and report like a unit."""
    yield [{"kind": "unit-started", "pid": os.getpid(), "node": "here"}]
    yield [{"kind": "cell-started", "cell": f"{spec.step}-cell"}]
    yield from _ACTS[spec.step.rstrip("0123456789")](spec)
    yield [{"kind": "unit-succeeded", "outputs": [], "metrics": {}, "duration_s": 0.0}]


def _nothing(_: UnitSpec) -> Reports:
    yield []


def _die(spec: UnitSpec) -> Reports:
    # What a process said right before it is killed may be lost; that is not what is tested.
    log = Path(spec.store) / "runs" / spec.run / "events.jsonl"
    while f"{spec.step}-cell" not in log.read_text():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
    yield []


def _die_first(spec: UnitSpec) -> Reports:
    if spec.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    yield []


def _sleep(_: UnitSpec) -> Reports:
    time.sleep(1000)
    yield []


def _meet(spec: UnitSpec) -> Reports:
    """Succeed only if all that meet are there at the same time."""
    mine = Path(spec.cwd) / f"{spec.step}.here"
    mine.touch()
    deadline = time.monotonic() + 60
    while len(list(Path(spec.cwd).glob("meet*.here"))) < 2:
        if time.monotonic() > deadline:
            raise TimeoutError("nobody came")
        time.sleep(0.01)
    yield []


def _much(_: UnitSpec) -> Reports:
    """Give a thousand outputs of some size, and then end."""
    for index in range(1000):
        output = {"output_type": "stream", "name": "stdout", "text": f"{index:04}" + "." * 500}
        yield [{"kind": "cell-output", "cell": "c", "ops": [{"op": "append", "output": output}]}]


_ACTS = {
    "quick": _nothing,
    "die": _die,
    "recover": _die_first,
    "sleep": _sleep,
    "meet": _meet,
    "much": _much,
}
