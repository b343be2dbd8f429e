"""The job on the cluster: leads the run there, and tells home what happens.

`python -m nbprism.runner.remote.job RUN` in the folder of the package (`package.py`).
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Final, TextIO

from nbprism.runner import events as ev
from nbprism.runner import layout, logs
from nbprism.runner.cluster.on_cluster import JobRay
from nbprism.runner.driver import lead
from nbprism.runner.events import to_json
from nbprism.runner.executed import assemble
from nbprism.runner.flow.rules import rules_of
from nbprism.runner.remote.arrival import unpack
from nbprism.runner.remote.given import put_given
from nbprism.runner.remote.job_store import job_bucket, job_store, tidy
from nbprism.runner.remote.telling import EventLine, FileLine, Line, written
from nbprism.runner.store import RunFolder

LOOK_S: Final = 0.1
STEP_ENDS: Final = (ev.StepSucceeded, ev.StepFailed, ev.StepCrashed, ev.StepReused)


class Teller:
    """Tells all that happens in a run, from its log and its folder."""

    def __init__(self, run: RunFolder, out: TextIO) -> None:
        self._run = run
        self._out = out
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell_all, name="nbprism-teller")
        self._tail = run.tail(after=1)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _tell_all(self) -> None:
        while not self._ended.wait(LOOK_S):
            self._tell_new()
        self._tell_new()

    def _tell_new(self) -> None:
        for event in self._tail.read():
            if isinstance(event, STEP_ENDS):
                self._tell_files(event.step)
            if isinstance(event, ev.RunEnded) and event.executed:
                self._tell_file(layout.executed_run(self._run.path))
            # After its files: who hears that a step has ended can read what it left.
            self._say(EventLine(to_json(event)))
        self._out.flush()

    def _tell_files(self, step: str) -> None:
        attempts = layout.last_attempts(self._run.path)
        if step in attempts:
            self._tell_file(layout.executed_unit(self._run.path, step, attempts[step]))
        if (manifest := self._run.manifest_path(step)).exists():
            self._tell_file(manifest)

    def _tell_file(self, path: Path) -> None:
        name = str(path.relative_to(self._run.path))
        self._say(FileLine(name, path.read_bytes()))

    def _say(self, line: Line) -> None:
        self._out.write(f"{written(line)}\n")


def main() -> int:
    """Lead the run named on the command line."""
    logs.set_up()
    store, bucket = job_store(), job_bucket()
    folder = unpack(store, sys.argv[1], bucket)
    tidy(store)
    put_given(store)
    run = RunFolder(folder)
    with Teller(run, sys.stdout):
        cluster = JobRay(store, rules_of(run.plan()), bucket=bucket)
        return lead(run, cluster, assemble, folder=Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
