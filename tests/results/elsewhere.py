"""Cells that run in a process of their own, as on a cluster, but without one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nbprism.offload.capture import CELL, KERNEL, capture
from nbprism.offload.known import known_in
from nbprism.offload.remote import RemoteCell
from nbprism.results.run import Run
from nbprism.runner import events as ev
from nbprism.runner.artifacts import parcel
from nbprism.runner.log import LogWriter
from nbprism.runner.store import RunFolder, Store


def elsewhere(cell: str, namespace: dict[str, Any], folder: Path) -> str:
    """Run a cell with a namespace's values, bind what it binds there, and return what it wrote."""
    captured = capture(cell, namespace, {}, name="demo")
    store = Store(folder / ".nbprism")
    store.prepare()
    values = {name: namespace[name] for name in captured.inputs}
    known = known_in(store.root)
    entries = parcel.pack(store.root, KERNEL, values, namespace, known=known.of(values))
    run = store.create_run(captured.given(entries), notebook_path=folder / "demo.ipynb")
    remote = RemoteCell(Run(run), captured, namespace)
    wrote = _executed(run, store)
    remote.result()
    return wrote


def _executed(run: RunFolder, store: Store) -> str:
    cells = run.plan().unit(CELL).notebook["cells"]
    place = run.path / "cell.py"
    place.write_text("\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8")
    environment = {**os.environ, "NBPRISM_STORE": str(store.root), "NBPRISM_RUN": run.id}
    done = subprocess.run(
        [sys.executable, place], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    at = {"at": time.time(), "step": CELL, "attempt": 1}
    with LogWriter(run.log_path) as log:
        log.append([
            ev.RunStarted(seq=2, at=time.time(), driver_pid=1),
            ev.StepQueued(seq=3, **at), ev.StepStarted(seq=4, pid=1, **at),
            ev.StepSucceeded(seq=5, duration_s=0.1, **at),
            ev.RunSucceeded(seq=6, at=time.time(), duration_s=0.1),
        ])  # fmt: skip
    return done.stdout
