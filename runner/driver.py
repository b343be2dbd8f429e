"""The process that leads one run: `python -m nbprism.runner.driver RUN_FOLDER`.

A thin shell around the state machine: it turns what happens into commands, logs the events that
follow, and performs the effects. It is the only writer of the run's log while it holds
`driver.lock`, and it does not leave the run open while it can still write.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.errors import PrismError
from nbprism.compiler.plan import Plan
from nbprism.runner import collect, logs, tracing, trouble
from nbprism.runner.ballast import Ballast
from nbprism.runner.cluster.capacity import local_capacity, misfits
from nbprism.runner.cluster.on_ray import EXECUTE_UNIT, LocalRay
from nbprism.runner.cluster.port import Cluster, Joined, UnitGone
from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing, ItemsInvalid, StoreFull
from nbprism.runner.events import (
    Event,
    Failure,
    RunAccepted,
    StepEvent,
    StepReused,
    StepSkipped,
    StepSucceeded,
)
from nbprism.runner.executed import assemble
from nbprism.runner.files import write_atomically
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.children import index_of, parent_of, step_of
from nbprism.runner.flow.decide import decide
from nbprism.runner.flow.reports import ENDINGS, command_of
from nbprism.runner.flow.rules import rules_of
from nbprism.runner.flow.state import RunState, StepState, fold
from nbprism.runner.flow.units import units_of
from nbprism.runner.locks import held
from nbprism.runner.log import LogWriter
from nbprism.runner.reuse.lessons import Lessons
from nbprism.runner.reuse.lookups import Lookups
from nbprism.runner.signals import Signals
from nbprism.runner.standby import Request, stand_by
from nbprism.runner.store import RunFolder
from nbprism.runner.unit.spec import UnitSpec

LOOK_S: Final = 0.1
"""How often the driver looks whether the run shall be cancelled and the cluster is there."""
FLUSH_S: Final = 1.0
SPOOL_S: Final = 60.0
"""How long it keeps trying to write its log to a disk that is full."""

DAMAGED: Final = frozenset({ArtifactCorrupt.code, ArtifactMissing.code})
"""Codes of failures after which the values that the step loads are looked at."""

log = logging.getLogger("nbprism.driver")

Assemble = Callable[[Path, Mapping[str, Any], Plan], Mapping[str, Any]]
"""Makes the whole executed notebook from the run's folder (`executed.assemble`)."""


class Driver:
    """Leads one run to its end."""

    def __init__(
        self,
        run: RunFolder,
        cluster: Cluster,
        assemble: Assemble,
        signals: Signals | None = None,
        *,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare to lead a run.

        Args:
            run: Its folder.
            cluster: Where its units run.
            assemble: What makes the executed notebook.
            signals: Those of this process, if it leads several runs.
            folder: The working directory of the units; default: the notebook's.
            environ: The variables of whoever submitted it; default: those of this process.
        """
        self._folder = folder
        # Copied: to join a cluster changes those of this process.
        self._environ = dict(os.environ if environ is None else environ)
        self._signals = signals or Signals()
        self._run = run
        self._cluster = cluster
        self._assemble = assemble
        self._plan: Plan = run.plan()
        self._units = units_of(self._plan)
        self._state = RunState(rules=rules_of(self._plan))
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """What is done with the files of a step in the run's folder is done one after the other."""
        self._commands: asyncio.Queue[cmd.Command] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancelled: set[str] = set()
        """Steps of which the state machine knows that they shall stop."""
        self._clock = _Clock()

    async def lead(self) -> RunState:
        """Run the plan, and return the state it ended in.

        Raises:
            StoreFull: the log could not be written any more; the run stays without an end.
        """
        for event in self._run.events():
            self._state = fold(self._state, event)
        accepted = self._accepted()
        bucket = self._cluster.bucket
        self._lookups = Lookups(
            self._run.path, self._plan, accepted, self._environ, self._folder, bucket
        )
        self._lessons = Lessons(self._run.store, Path(accepted.notebook))
        self._state = replace(self._state, rules=rules_of(self._plan, self._lessons.changes))
        self._listen_to_signals()
        self._ballast = Ballast(self._run.path / "ballast")
        with LogWriter(self._run.log_path) as writer, contextlib.closing(self._ballast):
            # First of all: a run that was cancelled before it began starts nothing.
            self._look()
            self._tell(cmd.Begin, driver_pid=os.getpid())
            while not self._state.ended:
                await self._turn(writer)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lookups.close()
        return self._state

    async def _turn(self, writer: LogWriter) -> None:
        """Take all commands that are there, log what they lead to, then do what they ask for."""
        commands = [await self._commands.get()]
        while not self._commands.empty():
            commands.append(self._commands.get_nowait())
        events: list[Event] = []
        effects: list[cmd.Effect] = []
        for command in commands:
            new, orders = self._decided(command)
            for event in new:
                self._state = fold(self._state, event)
            events.extend(new)
            effects.extend(orders)
        await self._write(writer, events)
        self._hand_on(events)
        for effect in effects:
            self._perform(effect)

    def _decided(self, command: cmd.Command) -> tuple[tuple[Event, ...], tuple[cmd.Effect, ...]]:
        try:
            return decide(self._state, command)
        except Exception as error:  # a bug of ours must not leave the run open
            return decide(self._state, cmd.RunBroke(at=command.at, failure=trouble.fault(error)))

    async def _write(self, writer: LogWriter, events: list[Event]) -> None:
        try:
            writer.append(events)
        except StoreFull as error:
            log.warning("%s Trying again for %g s.", error, SPOOL_S)
            self._ballast.close()
            await _flush(writer, within_s=SPOOL_S)

    def _hand_on(self, events: list[Event]) -> None:
        """Let other runs take what succeeded, and compute what came to nothing here."""
        for event in events:
            if isinstance(event, StepEvent | StepReused | StepSkipped):
                step = self._state.steps.get(event.step)
                if step is not None:  # else it was a unit, and is withdrawn already
                    self._hand_on_one(event, step)

    def _hand_on_one(self, event: StepEvent | StepReused | StepSkipped, step: StepState) -> None:
        if not step.ended:
            return
        if isinstance(event, StepSucceeded) and step.items is None:
            self._lookups.record(event, step.takes)
        if isinstance(event, StepSucceeded | StepReused) and parent_of(event.step) is None:
            self._lessons.note(event.step, step.changed)
        self._lookups.let_go(event.step)

    def _perform(self, effect: cmd.Effect) -> None:
        match effect:
            case cmd.WatchTime(step, attempt, after_s):
                self._later(after_s, cmd.UnitOverdue, step, attempt)
            case cmd.WaitToRetry(step, attempt, after_s):
                self._later(after_s, cmd.RetryDue, step, attempt)
            case _:
                self._spawn(self._work(effect))

    def _work(self, effect: cmd.Effect) -> Coroutine[Any, Any, None]:
        match effect:
            case cmd.LookUp():
                return self._look_up(effect)
            case cmd.Withdraw(step):
                return self._withdraw(step)
            case cmd.CountItems():
                return self._count_items(effect)
            case cmd.Collect():
                return self._collect(effect)
            case cmd.JoinCluster():
                return self._join()
            case cmd.StartUnit(step, attempt):
                return self._follow(step, attempt)
            case cmd.StopUnit(step, attempt):
                return self._cluster.stop(self._run.id, step, attempt)
            case cmd.WrapUp():
                return self._wrap_up()
        raise AssertionError(f"nobody does {effect}")

    async def _look_up(self, order: cmd.LookUp) -> None:
        step = order.step

        def is_wanted() -> bool:
            now = self._state.steps.get(step)  # a unit may be none any more
            return now is not None and not now.ended and now.withdrawals == order.withdrawals

        async with self._turns[step]:
            found, because = await self._lookups.look_up(step, order.takes, is_wanted)
        if not is_wanted():
            self._lookups.let_go(step)  # cancelled meanwhile: others may compute it
        self._tell(
            cmd.LookedUp, step=step, found=found, because=because, withdrawals=order.withdrawals
        )

    async def _withdraw(self, step: str) -> None:
        async with self._turns[step]:
            self._lookups.withdraw(step)

    async def _count_items(self, order: cmd.CountItems) -> None:
        answer = {"step": order.step, "withdrawals": order.withdrawals}
        try:
            unit = self._units[order.step]
            labels = await asyncio.to_thread(collect.labels, self._run, unit, order.takes)
        except ItemsInvalid as error:
            self._tell(cmd.ItemsCounted, **answer, failure=trouble.told(error))
        else:
            self._tell(cmd.ItemsCounted, **answer, labels=labels)

    async def _collect(self, order: cmd.Collect) -> None:
        step = order.step
        async with self._turns[step]:
            if self._state.steps[step].withdrawals != order.withdrawals:
                return
            unit = self._units[step]
            outputs = await asyncio.to_thread(collect.publish, self._run, unit, order.units)
        self._tell(cmd.Collected, step=step, outputs=outputs, withdrawals=order.withdrawals)

    async def _join(self) -> None:
        try:
            joined = await self._cluster.join()
        except PrismError as error:
            self._tell(cmd.RunBroke, failure=trouble.told(error))
            return
        if found := self._misfits(joined):
            self._tell(cmd.RunBroke, failure=trouble.too_small(found))
            return
        self._listen_to_signals()  # Ray puts its own handlers in place when it is joined
        self._tell(
            cmd.ClusterReady,
            cpus=joined.cpus,
            gpus=joined.gpus,
            memory=joined.memory,
            started=joined.started,
        )
        self._look_at_cluster()

    def _misfits(self, joined: Joined) -> list[str]:
        """Return why steps would wait for ever: a warm cluster may be smaller than the machine."""
        if joined.is_checked:
            return []
        capacity = replace(
            local_capacity(), cpus=joined.cpus, gpus=joined.gpus, memory=joined.memory
        )
        return misfits(self._plan, capacity)

    async def _follow(self, step: str, attempt: int) -> None:
        """Run one attempt on the cluster and pass on all it reports."""
        unit = self._units[step]
        ended = False
        async with self._turns[step]:
            pass  # what an earlier attempt has published is withdrawn by now
        if step not in self._state.steps:
            return  # it was a unit, and its items are counted anew
        try:
            async for batch in self._cluster.execute(self._spec(step, attempt), unit.settings):
                for report in batch:
                    if report.get("error", {}).get("code") in DAMAGED:
                        makers = await asyncio.to_thread(self._lookups.damaged, step)
                        report["damaged"] = makers
                    if report["kind"] == "unit-succeeded" and (found := self._misread(step)):
                        self._lost(step, attempt, found, crashed=False)
                        ended = True
                        continue
                    self._commands.put_nowait(
                        command_of(report, step=step, attempt=attempt, at=self._clock.now())
                    )
                    ended = ended or report["kind"] in ENDINGS
        except UnitGone as gone:
            self._lost(step, attempt, gone.failure)
        else:
            if not ended:
                self._lost(step, attempt, trouble.silent())

    def _misread(self, step: str) -> Failure | None:
        """Return what was wrong with the files that a step read, and take back what it gave."""
        found = self._lookups.misread(step, self._state.rules.all_before(step_of(step)))
        if found is None:
            return None
        self._lookups.withdraw(step)
        return trouble.misread(step, *found)

    def _lost(self, step: str, attempt: int, failure: Failure, *, crashed: bool = True) -> None:
        self._tell(cmd.UnitFailed, step=step, attempt=attempt, failure=failure, crashed=crashed)

    def _spec(self, step: str, attempt: int) -> UnitSpec:
        unit = self._units[step]
        accepted, known = self._accepted(), self._state.steps[step]
        return UnitSpec(
            store=str(self._run.store),
            run=self._run.id,
            step=step,
            attempt=attempt,
            notebook=dict(unit.notebook),
            cwd=str(self._folder or Path(accepted.notebook).parent),
            sources=tuple(dict.fromkeys((*unit.inputs.values(), *known.takes.values()))),
            takes=dict(known.takes),
            is_again=known.withdrawals > 0,
            env_vars=dict(unit.settings.env_vars),
            timeout_s=unit.settings.timeout_s,
            item=index_of(step),
        )

    def _accepted(self) -> RunAccepted:
        if self._state.accepted is None:
            raise AssertionError("a run's log begins with its acceptance")
        return self._state.accepted

    async def _wrap_up(self) -> None:
        """Write the whole executed notebook; a run does not fail for the want of it."""
        path = self._run.executed_path()
        try:
            await asyncio.to_thread(self._write_executed, path)
        except Exception:
            log.exception("The executed notebook could not be written")
            self._tell(cmd.Wrapped, executed=None)
        else:
            self._tell(cmd.Wrapped, executed=str(path))

    def _write_executed(self, path: Path) -> None:
        notebook = self._assemble(self._run.path, self._plan.notebook, self._plan)
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        # An executed copy can be made again from the units'; it need not survive a power loss.
        write_atomically(path, (text + "\n").encode("utf-8", "replace"), durable=False)

    def _look(self) -> None:
        """Look for the marks that ask for a cancel, again and again until all shall stop."""
        for step in self._run.step_cancels_requested() - self._cancelled:
            self._cancelled.add(step)
            self._tell(cmd.CancelStep, step=step)
        if self._run.cancel_requested():
            self._tell(cmd.Cancel)
        else:
            asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look_at_cluster(self) -> None:
        if self._cluster.is_there():
            asyncio.get_running_loop().call_later(LOOK_S * 10, self._look_at_cluster)
        elif not self._state.ended:
            self._tell(cmd.RunBroke, failure=trouble.cluster_lost())

    def _listen_to_signals(self) -> None:
        self._signals.listen(self._cancel)

    def _cancel(self) -> None:
        self._tell(cmd.Cancel)

    def _later(
        self, after_s: float, command: type[cmd.UnitCommand], step: str, attempt: int
    ) -> None:
        def tell() -> None:
            self._tell(command, step=step, attempt=attempt)

        asyncio.get_running_loop().call_later(after_s, tell)

    def _tell(self, command: type[cmd.Command], **fields: Any) -> None:
        self._commands.put_nowait(command(at=self._clock.now(), **fields))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._tell(cmd.RunBroke, failure=trouble.fault(error))


class _Clock:
    """Wall time that never goes back while the driver lives."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return round(self._offset + time.monotonic(), 6)


def lead(
    run: RunFolder,
    cluster: Cluster,
    assemble: Assemble,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Lead a run to its end, if no other driver does; return the process's exit status.

    Args:
        run: The run.
        cluster: Where its units run.
        assemble: Makes the executed notebook.
        folder: The working directory of the units; default: the notebook's.
        environ: The variables of whoever submitted it; default: those of this process.
    """
    try:
        with held(run.lock_path, timeout_s=1):
            if run.state().seq > 1:
                log.warning("Run %s has had a driver already", run.id)
                return 1
            try:
                driver = Driver(run, cluster, assemble, folder=folder, environ=environ)
                state = asyncio.run(driver.lead())
            finally:
                cluster.leave()
    except TimeoutError:
        log.info("Run %s is led by another driver", run.id)
        return 0
    return 0 if state.phase == "succeeded" else 1


def main() -> int:
    """Lead the run named on the command line."""
    logs.set_up()
    environ = dict(os.environ)  # before it is the cluster's
    parser = argparse.ArgumentParser(prog="nbprism.runner.driver", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument(
        "--execute", default=EXECUTE_UNIT, help="what executes a unit, as module:function"
    )
    arguments = parser.parse_args()
    cluster = LocalRay(arguments.execute)
    run = RunFolder(arguments.run)
    status = lead(run, cluster, assemble)
    tracing.send_apart(run, environ)
    if arguments.execute == EXECUTE_UNIT:
        _stand_by(cluster)
    cluster.disconnect()
    return status


def _stand_by(cluster: LocalRay) -> None:
    def lead_next(request: Request) -> None:
        cluster.serve(request.environ)
        lead(request.run, cluster, assemble, environ=request.environ)
        tracing.send_apart(request.run, request.environ)

    gone = cluster.ended()
    if gone is not None:
        stand_by(lead_next, gone)


async def _flush(writer: LogWriter, *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while True:
        await asyncio.sleep(FLUSH_S)
        try:
            writer.flush()
        except StoreFull:
            if time.monotonic() > deadline:
                raise
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
