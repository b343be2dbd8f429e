"""A cluster without Ray: units are iterated in the driver's own process, and fail on request.

For tests of whatever drives runs, ours and other people's. What executes a unit may yield, between
real reports, `HANG` (nothing more comes until it is stopped), `DIE` (its process is gone), and
`LOSE_CLUSTER` (everything is gone).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster.port import ExecuteUnit, Joined, Report, UnitGone
from nbprism.runner.errors import ClusterError
from nbprism.runner.events import Failure
from nbprism.runner.unit.spec import UnitSpec

HANG: Final[Report] = {"kind": "fake-hang"}
DIE: Final[Report] = {"kind": "fake-die"}
LOSE_CLUSTER: Final[Report] = {"kind": "fake-lose-cluster"}


class FakeCluster:
    """Runs what `execute` yields for each unit, all units at once."""

    def __init__(
        self,
        execute: ExecuteUnit,
        *,
        refuses: ClusterError | None = None,
        bucket: str | None = None,
    ) -> None:
        self.bucket = bucket
        self._execute = execute
        self._refuses = refuses
        self._stopped: dict[tuple[str, str, int], asyncio.Event] = {}
        self._there = True
        self.left = False

    async def join(self) -> Joined:
        if self._refuses is not None:
            raise self._refuses
        return Joined(cpus=2.0, gpus=0.0, memory=2**30, started=False)

    async def execute(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        key = (spec.run, spec.step, spec.attempt)
        stopped = self._stopped[key] = asyncio.Event()
        for batch in self._execute(spec):
            await asyncio.sleep(0)
            for report in batch:
                await self._misbehave(report, stopped)
            yield batch

    async def stop(self, run: str, step: str, attempt: int) -> None:
        self._stopped[run, step, attempt].set()

    def is_there(self) -> bool:
        return self._there

    def leave(self) -> None:
        self.left = True

    async def _misbehave(self, report: Report, stopped: asyncio.Event) -> None:
        if report is LOSE_CLUSTER:
            self._there = False
        if report is HANG or report is LOSE_CLUSTER:
            await stopped.wait()
            raise UnitGone(Failure(code="stopped", ename="Stopped", evalue="It was stopped."))
        if report is DIE:
            raise UnitGone(Failure(code="worker-died", ename="WorkerDied", evalue="It died."))
