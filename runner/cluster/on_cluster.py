"""The cluster that this driver is a job of.

Nodes share no disk. What a step publishes on one node goes through Ray's object store to the nodes
that need it, once per node, and to the driver's own disk, or the bucket of the cluster, so that a
lost node loses no value (`away.py` is the other end).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import layout, manifests
from nbprism.runner.artifacts.bucket import Bucket
from nbprism.runner.cluster import away
from nbprism.runner.cluster.away import FILE, LOST, Baggage
from nbprism.runner.cluster.on_ray import EXECUTE_UNIT, LocalRay
from nbprism.runner.cluster.port import Joined, Report, UnitGone
from nbprism.runner.errors import ArtifactMissing, ClusterUnreachable, StoreError
from nbprism.runner.events import Failure
from nbprism.runner.flow.children import step_of
from nbprism.runner.flow.rules import Rules
from nbprism.runner.unit.spec import UnitSpec

log = logging.getLogger("nbprism.cluster")

LOSSES: Final = 3
"""How often a unit may find that what it loads has just been lost with a node."""


class JobRay(LocalRay):
    """The cluster around a job of Ray, as the driver in that job uses it."""

    def __init__(
        self,
        store: Path,
        rules: Rules,
        *,
        bucket: str | None = None,
        execute: str = EXECUTE_UNIT,
    ) -> None:
        """Prepare; nothing is joined yet.

        Args:
            store: The store on the driver's own disk.
            rules: What the plan says about the order of steps.
            bucket: Address of what keeps the values instead of that disk, if there is one.
            execute: What executes a unit, as `module:function`.
        """
        super().__init__(execute, users={})
        self._store = store
        self._rules = rules
        self.bucket = bucket
        self._joined_it = False
        self._copies: dict[str, Any] = {}
        """Files that are in Ray's object store, by their path in ours."""

    async def join(self) -> Joined:
        """Connect to the cluster that started this job."""
        import ray

        try:
            ray.init(address="auto", namespace="nbprism", log_to_driver=False)
        except (ConnectionError, RuntimeError, TimeoutError) as error:
            raise ClusterUnreachable(f"The job cannot join its own cluster: {error}.") from error
        self._joined_it = True
        has = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return Joined(
            cpus=has.get("CPU", 0.0),
            gpus=has.get("GPU", 0.0),
            memory=int(has.get("memory", 0)),
            started=False,
            is_checked=True,  # before the job was submitted
        )

    async def execute(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        """Run the unit on some node, with the files it loads; keep those it makes."""
        for _ in range(LOSSES):
            lost: list[str] = []
            async for batch in self._try(spec, settings):
                if batch and batch[0]["kind"] == LOST:
                    lost = batch[0]["files"]
                else:
                    yield batch
            if not lost:
                return
            log.warning("Step %s: %d files went with a node; sent again", spec.step, len(lost))
            for name in lost:
                # The node that had it is gone; the driver's own copy is sent the next time.
                self._copies.pop(name, None)
        raise UnitGone(_inputs_lost(spec.step, lost))

    async def _try(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        try:
            baggage = await asyncio.to_thread(self._baggage, spec)
        except (StoreError, OSError) as error:
            # The driver has what is gone made again, and then this unit.
            yield [_inputs_gone(spec.step, error)]
            return
        awaited: str | None = None
        async for found in self._run(away.run_unit_away, settings, spec, baggage):
            if awaited is not None:
                await self._keep(awaited, spec, found)
                awaited = None
                continue
            batch = await self._value(spec, found)
            if batch and batch[-1]["kind"] == FILE:
                awaited = batch[-1]["path"]
            else:
                yield batch

    def _baggage(self, spec: UnitSpec) -> Baggage:
        """Return what the unit loads, and the files that steps before it wrote."""
        run = layout.run_folder(self._store, spec.run)
        paths: dict[Path, None] = {}
        for source in spec.sources:
            manifest = layout.manifest(run, source)
            paths |= dict.fromkeys(
                (manifest, *manifests.needed(self._store, manifests.read(manifest)))
            )
        before = []
        for unit in self._units_before(run, spec.step):
            told = manifests.read(manifest := layout.manifest(run, unit))
            if manifests.leaves_files(told):
                paths |= dict.fromkeys((manifest, *manifests.written(self._store, told)))
                before.append(unit)
        names = [str(path.relative_to(self._store)) for path in paths]
        for name in names:  # all of them, before the first is sent
            self._see_to(name)
        files = {name: [self._copy(name)] for name in names}
        return Baggage(files, tuple(before), self.bucket)

    def _units_before(self, run: Path, name: str) -> Iterator[str]:
        """Yield the units that ended well before this one, in the notebook's order."""
        earlier = self._rules.all_before(step_of(name)) - {step_of(name)}
        done = sorted(path.stem for path in (run / "outputs").glob("*.json"))
        for step in self._rules:
            if step in earlier:
                # Also those of its items, where it ran once for each.
                yield from (unit for unit in done if step_of(unit) == step)

    def _see_to(self, name: str) -> None:
        """Return if a file can be sent.

        Raises:
            StoreError: the bucket no longer has it.
            OSError: the driver's own disk no longer has it.
        """
        place = self._store / name
        if name in self._copies or place.exists():
            return
        if self.bucket is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))
        try:
            Bucket(self.bucket).fetch(self._store, place.name)
        except ArtifactMissing:
            # Removed there, by a rule of the bucket's: what made it runs again.
            layout.in_bucket(self._store, place.name).unlink(missing_ok=True)
            raise

    def _copy(self, name: str) -> Any:
        import ray

        if name.endswith(".json"):
            # A step that runs again publishes another manifest under the same name.
            return ray.put(away.mapped(self._store / name))
        if name not in self._copies:
            self._copies[name] = ray.put(away.mapped(self._store / name))
        return self._copies[name]

    async def _keep(self, name: str, spec: UnitSpec, reference: Any) -> None:
        """Keep a file that a unit made; the last of them is its manifest."""
        place = self._store / name
        is_archive = place == layout.archive(self._store, place.name)
        if is_archive:
            # Only these: Ray holds what is small in the memory of this process.
            self._copies[name] = reference
        if is_archive and self.bucket is not None:
            layout.note_in_bucket(self._store, place.name)
            return
        await self._write(place, spec, reference)
        run = layout.run_folder(self._store, spec.run)
        if place == layout.manifest(run, spec.step):
            for copy in manifests.written(self._store, manifests.read(place)):
                await self._write(copy, spec, self._copies[str(copy.relative_to(self._store))])
            # The driver's folder becomes what that of one machine would be: look-ups read it.
            await asyncio.to_thread(away.put_files, self._store, run, spec.step, Path.cwd())

    async def _write(self, place: Path, spec: UnitSpec, reference: Any) -> None:
        """Write a file of the store on the driver's own disk, unless it is there."""
        if not await asyncio.to_thread(place.exists):
            content = await self._value(spec, reference)
            await asyncio.to_thread(away.write, place, content)

    def is_there(self) -> bool:
        import ray

        return self._joined_it and ray.is_initialized()

    def leave(self) -> None:
        if self._joined_it:
            import ray

            ray.shutdown()


def _inputs_gone(step: str, error: Exception) -> Report:
    failure = Failure(
        code="artifact-missing",
        ename="ArtifactMissing",
        evalue=f"What step '{step}' loads is no longer kept on the cluster: {error}",
        hint="`nbprism resume` computes again what is gone, and nothing else.",
    )
    return {"kind": "unit-crashed", "error": failure.to_json(), "duration_s": 0.0}


def _inputs_lost(step: str, files: list[str]) -> Failure:
    return Failure(
        code="node-lost",
        ename="NodeLost",
        evalue=f"What step '{step}' loads was lost with a node, again and again: {files[0]}.",
        hint="Run it again; what was computed is kept.",
    )
