"""The process at home that a remote run has: `python -m nbprism.runner.remote.relay RUN_FOLDER`.

It submits the run to its cluster, writes down at home what the job tells, and passes a cancel on.
It may die at any time: the run goes on, and the next relay takes up the job where it is, because
the job's id is the run's and everything a job told can be heard again from the beginning.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from nbprism.compiler.errors import PrismError
from nbprism.runner import layout, logs, tracing, trouble
from nbprism.runner.errors import (
    ClusterLacks,
    ClusterUnknown,
    ClusterUnreachable,
    LogUnreadable,
)
from nbprism.runner.events import Event, Failure, RunAccepted, RunEnded, from_json
from nbprism.runner.files import write_atomically
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.decide import decide
from nbprism.runner.flow.rules import rules_of
from nbprism.runner.flow.state import RunState, fold
from nbprism.runner.locks import held
from nbprism.runner.log import LogWriter
from nbprism.runner.reading import read_acceptance
from nbprism.runner.remote.address import RemoteCluster, find_cluster
from nbprism.runner.remote.jobs import Jobs
from nbprism.runner.remote.package import code_package, pack
from nbprism.runner.remote.probe import GROUND, job_environment, shortcoming
from nbprism.runner.remote.telling import EventLine, FileLine, GroundLine, understood
from nbprism.runner.reuse.packages import Packages
from nbprism.runner.store import RunFolder
from nbprism.runner.unheard import Unheard, heard

AGAIN_S: Final = 2.0
"""Pause before a cluster that did not answer is asked again."""
PATIENCE_S: Final = 600.0
"""How long a cluster may be silent before the run counts as lost."""
LOOK_S: Final = 0.2
NOTICED_S: Final = 5.0
"""Clocks that differ by less are left alone: the difference is only known to about a second."""
CLUSTERS_OWN: Final = frozenset({"nbprism", "ray"})
"""Packages that are the cluster's, or travel, whatever version is here."""

_T = TypeVar("_T")

log = logging.getLogger("nbprism.relay")


class Relay:
    """Brings one remote run home."""

    def __init__(self, run: RunFolder, cluster: RemoteCluster, jobs: Jobs) -> None:
        self._run = run
        self._cluster = cluster
        self._jobs = jobs
        self._state = RunState(rules=rules_of(run.plan()))
        self._over = threading.Event()
        self._ahead_s = 0.0
        self._is_silent = False
        self._deaf_since: float | None = None
        """Since when the job cannot be listened to, whatever else the cluster answers."""

    def bring_home(self) -> RunState:
        """Submit the run unless the cluster has it, follow it, return the state it ended in."""
        for event in self._run.events():
            self._state = fold(self._state, event)
        with LogWriter(self._run.log_path) as writer:
            canceller = threading.Thread(target=self._pass_cancels_on, name="nbprism-cancel")
            canceller.start()
            try:
                self._lead(writer)
            finally:
                self._over.set()
                canceller.join()
        return self._state

    def _lead(self, writer: LogWriter) -> None:
        try:
            self._patiently(self._submit)
            while not self._state.ended:
                # Asked before it is listened to: a job that had ended by then has told everything.
                job = self._patiently(lambda: self._jobs.find(self._run.id))
                self._ahead_s = self._jobs.ahead_s
                self._listen(writer)
                if self._state.ended:
                    return
                if job is None or job.ended:
                    self._close(writer, _replaced() if job is None else _job_lost(job.message))
                else:
                    time.sleep(AGAIN_S)
        except PrismError as error:
            self._close(writer, trouble.told(error))

    def _submit(self) -> None:
        if self._jobs.find(self._run.id) is not None:
            return
        accepted = read_acceptance(self._run.log_path)
        resumed = accepted.resumes and layout.run_folder(self._run.store, accepted.resumes)
        name, content = pack(self._run.path, Path(accepted.notebook).parent, resumed or None)
        package = self._jobs.upload(name, content)
        environment = job_environment(self._cluster, package, self._packages(accepted))
        entrypoint = f"{GROUND} {shlex.quote(self._run.id)}"
        self._jobs.submit(
            self._run.id, entrypoint, environment, {"nbprism_pipeline": accepted.pipeline}
        )

    def _packages(self, accepted: RunAccepted) -> list[str]:
        """Return the packages that the notebook imports, if the cluster shall have them."""
        if not self._cluster.like_here:
            return []
        units = self._run.plan().units
        names = sorted({name for unit in units for name in unit.parts.packages} - CLUSTERS_OWN)
        return Packages(Path(accepted.notebook).parent).requirements(names)

    def _listen(self, writer: LogWriter) -> None:
        """Take what the job tells until the line to it ends, however it does."""
        try:
            for text in self._told(writer):
                log.info("%s", text)
        except ClusterUnreachable as error:
            self._deaf_since = self._deaf_since or time.monotonic()
            if time.monotonic() - self._deaf_since > PATIENCE_S:
                raise
            self._note_silence(error)

    def _told(self, writer: LogWriter) -> Iterator[str]:
        """Take what the job tells; yield what it printed for people."""
        for text in self._jobs.output(self._run.id):
            self._deaf_since = None
            match understood(text):
                case EventLine(form):
                    self._take(writer, self._by_our_clock(from_json(form)))
                case FileLine(name, content):
                    self._keep(name, content)
                case GroundLine(found):
                    self._check(found)
                case None:
                    yield text
            if self._state.ended:
                return

    def _by_our_clock(self, event: Event) -> Event:
        """Return the event as if it had been noted here: clocks of clusters differ by hours."""
        if abs(self._ahead_s) < NOTICED_S:
            return event
        event = replace(event, at=event.at - self._ahead_s)
        accepted = self._state.accepted
        if isinstance(event, RunEnded) and accepted is not None:
            # Reckoned there from the time at which it was accepted here.
            event = replace(event, duration_s=max(0.0, event.at - accepted.at))
        return event

    def _take(self, writer: LogWriter, event: Event) -> None:
        if event.seq <= self._state.seq:
            return  # heard before
        if event.seq != self._state.seq + 1:
            raise LogUnreadable(f"The job told event {event.seq} after event {self._state.seq}.")
        if isinstance(event, RunEnded) and event.executed:
            event = replace(event, executed=str(self._run.executed_path()))
        self._state = fold(self._state, event)
        writer.append([event])

    def _keep(self, name: str, content: bytes) -> None:
        place = (self._run.path / name).resolve()
        if not place.is_relative_to(self._run.path.resolve()):
            raise LogUnreadable(f"The job told of a file outside its run: {name}.")
        place.parent.mkdir(exist_ok=True)
        write_atomically(place, content, durable=False)

    def _check(self, ground: Mapping[str, Any]) -> None:
        if problem := shortcoming(ground):
            raise ClusterLacks(" ".join(problem))

    def _close(self, writer: LogWriter, failure: Failure) -> None:
        """End the run here: whoever should have ended it is gone."""
        now = time.time()
        commands: list[cmd.Command] = [cmd.RunBroke(at=now, failure=failure)]
        if self._run.cancel_requested():
            # Ray kills a job that takes long to stop; that is what was asked for.
            commands.insert(0, cmd.Cancel(at=now))
        for command in commands:
            events, _ = decide(self._state, command)
            for event in events:
                self._take(writer, event)

    def _pass_cancels_on(self) -> None:
        passed: frozenset[str] = frozenset()
        while not self._over.wait(LOOK_S):
            if self._run.cancel_requested():
                self._patiently(lambda: self._jobs.stop(self._run.id))
                return
            if new := self._run.step_cancels_requested() - passed:
                self._patiently(partial(self._mark, sorted(new)))
                passed |= new

    def _mark(self, steps: Sequence[str]) -> None:
        """Have a small job on the cluster tell the driver that steps shall stop."""
        environment = job_environment(self._cluster, self._jobs.upload(*code_package()))
        words = shlex.join([self._run.id, *steps])
        job = f"nbprism-cancel-{secrets.token_hex(6)}"
        self._jobs.submit(job, f"python -m nbprism.runner.remote.mark {words}", environment, {})

    def _patiently(self, ask: Callable[[], _T]) -> _T:
        """Ask until the cluster answers: a laptop sleeps, a proxy restarts, the run goes on."""
        began = time.monotonic()
        while True:
            try:
                answer = ask()
            except ClusterUnreachable as error:
                self._note_silence(error)
                if time.monotonic() - began > PATIENCE_S:
                    raise
                log.warning("%s Trying again.", error)
                time.sleep(AGAIN_S)
            else:
                if self._is_silent:
                    self._is_silent = False
                    heard(self._run.path)
                return answer

    def _note_silence(self, error: ClusterUnreachable) -> None:
        """Note since when nothing is heard, for whoever looks at the run."""
        if not self._is_silent:
            self._is_silent = True
            Unheard(time.time(), error.code, str(error)).note(self._run.path)


def main() -> int:
    """Bring the run named on the command line home."""
    logs.set_up()
    # Each request would be a line, and headers hold secrets.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    parser = argparse.ArgumentParser(prog="nbprism.runner.remote.relay", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of the run")
    run = RunFolder(parser.parse_args().run)
    try:
        with held(run.lock_path, timeout_s=1):
            status = relay(run)
        tracing.send_apart(run, os.environ)
    except TimeoutError:
        log.info("Run %s has a relay already", run.id)
        return 0
    return status


def relay(run: RunFolder) -> int:
    """Bring a run home from wherever it is; return the process's exit status."""
    try:
        cluster = find_cluster(read_acceptance(run.log_path).cluster)
    except ClusterUnknown as error:
        # Not the end of the run: it may go on there, and the list may be put right again.
        log.warning("%s", error)
        Unheard(time.time(), error.code, str(error)).note(run.path)
        return 1
    heard(run.path)
    with Jobs(cluster) as jobs:
        state = Relay(run, cluster, jobs).bring_home()
    return 0 if state.phase == "succeeded" else 1


def _replaced() -> Failure:
    return Failure(
        code="cluster-replaced",
        ename="ClusterReplaced",
        evalue="The cluster does not know the run any more: its head was lost and started anew.",
        hint="`nbprism resume` takes over what came home, and what a store outside of the cluster "
        "has.",
    )


def _job_lost(message: str) -> Failure:
    return Failure(
        code="job-lost",
        ename="JobLost",
        evalue=f"The job of the run ended without saying how the run ended: {_last_line(message)}",
        hint="driver.log in the run's folder has the job's output. Run it again, or resume it.",
    )


def _last_line(text: str) -> str:
    return ([line for line in text.splitlines() if line.strip()] or [text])[-1]


if __name__ == "__main__":
    sys.exit(main())
