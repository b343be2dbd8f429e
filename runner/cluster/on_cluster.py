"""The cluster that this driver is a job of.

Nodes share no disk. What a step publishes on one node goes through Ray's object store to the nodes
that need it, once per node, and to the driver's own disk, so that a lost node loses no value. No
file is copied whole in Python's memory: it is mapped, and Ray takes it from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import mmap
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.settings import StepSettings
from nbprism.runner import layout
from nbprism.runner.cluster.on_ray import EXECUTE_UNIT, LocalRay, run_unit
from nbprism.runner.cluster.port import Joined, Report
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.files import temporary_beside
from nbprism.runner.manifests import archives
from nbprism.runner.reports import ENDINGS
from nbprism.runner.unit_spec import UnitSpec

FILE: Final = "unit-file"
"""A report that says: what comes next is a file of the store, not a batch of reports."""


class JobRay(LocalRay):
    """The cluster around a job of Ray, as the driver in that job uses it."""

    def __init__(self, store: Path, execute: str = EXECUTE_UNIT) -> None:
        super().__init__(execute, users={})
        self._store = store
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
        )

    async def execute(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        """Run the unit on some node, with the files it loads; keep those it makes."""
        here = replace(spec, cwd=str(Path.cwd()))
        inputs = await asyncio.to_thread(self._inputs, spec)
        awaited: str | None = None
        async for found in self._run(run_unit_away, settings, here, inputs):
            if awaited is not None:
                await self._keep(awaited, found)
                awaited = None
                continue
            batch = await self._value(spec, found)
            if batch and batch[-1]["kind"] == FILE:
                awaited = batch[-1]["path"]
            else:
                yield batch

    def _inputs(self, spec: UnitSpec) -> dict[str, list[Any]]:
        """Return the files of the steps whose values the unit loads, as references of Ray's.

        In lists of one, for Ray would fetch the bare ones wherever the unit runs.
        """
        run = layout.run_folder(self._store, spec.run)
        files: dict[str, list[Any]] = {}
        for source in spec.sources:
            manifest = layout.manifest(run, source)
            for path in (manifest, *_archives(self._store, _read(manifest))):
                name = str(path.relative_to(self._store))
                files[name] = [self._copy(name)]
        return files

    def _copy(self, name: str) -> Any:
        import ray

        if name not in self._copies:
            self._copies[name] = ray.put(_mapped(self._store / name))
        return self._copies[name]

    async def _keep(self, name: str, reference: Any) -> None:
        self._copies[name] = reference
        place = self._store / name
        if not place.exists():
            await asyncio.to_thread(_write, place, await reference)

    def is_there(self) -> bool:
        import ray

        return self._joined_it and ray.is_initialized()

    def leave(self) -> None:
        if self._joined_it:
            import ray

            ray.shutdown()


def run_unit_away(execute: str, spec: UnitSpec, inputs: Mapping[str, list[Any]]) -> Iterator[Any]:
    """Execute a unit on a node that may have nothing of the run; yield its reports and files.

    Its last report comes after its files: who hears that it succeeded has what it made.
    """
    store = Path(spec.store)
    _fetch(store, inputs)
    layout.run_folder(store, spec.run).joinpath("outputs").mkdir(parents=True, exist_ok=True)
    for batch in run_unit(execute, spec):
        ended = [report for report in batch if report["kind"] in ENDINGS]
        if not ended:
            yield batch
            continue
        yield [report for report in batch if report["kind"] not in ENDINGS]
        for path in _made(store, spec):
            yield [{"kind": FILE, "path": str(path.relative_to(store))}]
            yield _mapped(path)
        yield ended


def _fetch(store: Path, inputs: Mapping[str, list[Any]]) -> None:
    import ray

    for name, (reference,) in inputs.items():
        if not (store / name).exists():
            _write(store / name, ray.get(reference))


def _made(store: Path, spec: UnitSpec) -> Iterator[Path]:
    """Yield the files that an attempt left: its values, its executed unit, its manifest."""
    run = layout.run_folder(store, spec.run)
    manifest = layout.manifest(run, spec.step)
    executed = layout.executed_unit(run, spec.step, spec.attempt)
    if manifest.exists():
        yield from _archives(store, _read(manifest))
    yield from (path for path in (executed, manifest) if path.exists())


def _archives(store: Path, manifest: Mapping[str, Any]) -> Iterator[Path]:
    written = manifest.get("files", {}).get("written", {}).values()
    digests = [
        *archives(manifest),
        *(entry.get("archive") for entry in manifest.get("kept", {}).values()),
        *(file.get("digest") for file in written if file),
    ]
    for digest in dict.fromkeys(filter(None, digests)):
        yield layout.archive(store, digest)


def _read(manifest: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return found


def _mapped(path: Path) -> Any:
    """Return a file's bytes as an array over its mapping: Ray copies it to its store at once."""
    import numpy as np

    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return np.empty(0, np.uint8)
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(view, np.uint8)


def _write(place: Path, content: Any) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary_beside(place)
    try:
        with draft.open("wb") as file:
            file.write(memoryview(content))
        draft.replace(place)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
