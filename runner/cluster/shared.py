"""One connection to a cluster for all the runs that one process leads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster.port import Cluster, Joined, Report
from nbprism.runner.unit.spec import UnitSpec


class SharedCluster:
    """A cluster for the driver of one run among several: joined once, left by the process."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.bucket = cluster.bucket
        self._joining: asyncio.Task[Joined] | None = None

    async def join(self) -> Joined:
        if self._joining is None:
            self._joining = asyncio.create_task(self._cluster.join())
        # A run that is cancelled meanwhile must not take the connection from the others.
        return await asyncio.shield(self._joining)

    def execute(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        return self._cluster.execute(spec, settings)

    async def stop(self, run: str, step: str, attempt: int) -> None:
        await self._cluster.stop(run, step, attempt)

    def is_there(self) -> bool:
        return self._cluster.is_there()

    def leave(self) -> None:
        """Stay: other runs may still need it."""
