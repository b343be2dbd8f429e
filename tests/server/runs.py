"""Runs in a real store that no driver leads: the test writes their logs itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sample import two_steps

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner.locks import held
from nbprism.runner.log import LogWriter
from nbprism.runner.store import RunFolder, Store


def accepted_run(folder: Path, name: str = "a.ipynb", **options: Any) -> RunFolder:
    """Return a run that was accepted, and that no driver leads."""
    read = read_notebook(two_steps(), name=Path(name).stem)
    plan = make_plan(read, compile_notebook(read), {})
    return Store.beside(folder / name).create_run(plan, notebook_path=folder / name, **options)


class Driver:
    """Writes a run's log as a driver does: numbered, and holding the run's lock."""

    def __init__(self, run: RunFolder, log: LogWriter) -> None:
        self._log = log
        self._seq = max((event.seq for event in run.events()), default=0)

    def write(self, kind: type[ev.Event], **fields: Any) -> None:
        self._seq += 1
        self._log.append([kind(seq=self._seq, at=time.time(), **fields)])

    def start(self) -> None:
        self.write(ev.ClusterStarting)
        self.write(ev.ClusterJoined, cpus=2, gpus=0, memory=1, started=True)
        self.write(ev.RunStarted, driver_pid=1)

    def end(self) -> None:
        self.write(ev.RunSucceeded, duration_s=1.0)


@contextmanager
def driven(run: RunFolder) -> Iterator[Driver]:
    """Lead the run while the block lasts."""
    with held(run.lock_path), LogWriter(run.log_path) as log:
        yield Driver(run, log)
