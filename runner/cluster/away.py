"""A unit on a node that may have nothing of the run: what it needs comes first, what it made goes.

Files of the store travel through Ray's object store, mapped and never whole in Python's memory. A
node keeps what it got, so that each file comes to it once.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nbprism.runner import layout, manifests
from nbprism.runner.artifacts.bucket import AT_ONCE, Bucket
from nbprism.runner.cluster import node_cache
from nbprism.runner.cluster.on_ray import run_unit
from nbprism.runner.errors import StoreError
from nbprism.runner.events import Failure
from nbprism.runner.files import write_atomically
from nbprism.runner.flow.reports import ENDINGS
from nbprism.runner.reuse.takeover import restore
from nbprism.runner.unit.spec import UnitSpec

FILE: Final = "unit-file"
"""A report that says: what comes next is a file of the store, not a batch of reports."""
LOST: Final = "unit-inputs-lost"
"""A report that says: these files went with the node they were on, and nothing was begun."""

FOLDER: Final = Path(__file__).parents[3]
"""Where the job's package is on this node: our own code came with it. A worker is there as well,
but for one in a container, which is where its image says."""

Files = Mapping[str, Sequence[Any]]
"""Files by their path in the store: references of Ray's, in lists of one, for Ray would fetch bare
ones wherever the unit runs."""


@dataclass(frozen=True, slots=True)
class Baggage:
    """What travels with a unit."""

    files: Files
    """What it loads, and the files that steps before it wrote."""
    before: tuple[str, ...] = ()
    """Units whose files shall be in its folder, in the order they were written."""
    bucket: str | None = None
    """Where what it makes is kept for good."""


def run_unit_away(execute: str, spec: UnitSpec, baggage: Baggage) -> Iterator[Any]:
    """Execute a unit on this node; yield its reports and the files it made.

    Its last report comes after its files: who hears that it succeeded has what it made.
    """
    store = store_on_node(Path(spec.store))
    node_cache.note_used(store / name for name in baggage.files)
    node_cache.make_room(store)
    if lost := _fetch(store, baggage.files):
        yield [{"kind": LOST, "files": lost}]
        return
    run = layout.run_folder(store, spec.run)
    run.joinpath("outputs").mkdir(parents=True, exist_ok=True)
    for unit in baggage.before:
        put_files(store, run, unit, FOLDER)
    for batch in run_unit(execute, replace(spec, store=str(store), cwd=str(FOLDER))):
        ended = [report for report in batch if report["kind"] in ENDINGS]
        if not ended:
            yield batch
            continue
        yield [report for report in batch if report["kind"] not in ENDINGS]
        try:
            _keep(store, spec, baggage.bucket)
        except StoreError as error:
            yield [{**ended[0], "kind": "unit-crashed", "error": _not_kept(error).to_json()}]
            return
        for path in _made(store, spec):
            yield [{"kind": FILE, "path": str(path.relative_to(store))}]
            yield mapped(path)
        yield ended


def store_on_node(wanted: Path) -> Path:
    """Return the store on this node: as on the driver's, or, in a container, one of its own."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError:
        wanted = Path(tempfile.gettempdir()) / f"nbprism-{os.getuid()}"
        wanted.mkdir(mode=0o700, exist_ok=True)
    return wanted


def put_files(store: Path, run: Path, unit: str, folder: Path) -> None:
    """Put the files that a unit wrote into a folder, unless they are there as it left them."""
    told = manifests.read(layout.manifest(run, unit))
    if files := told.get("files"):
        written = {
            name: file for name, file in files["written"].items() if manifests.travels(name, file)
        }
        restore({"files": {**files, "written": written}}, run, folder)


def mapped(path: Path) -> Any:
    """Return a file's bytes as an array over its mapping: Ray copies it to its store at once."""
    import numpy as np

    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return np.empty(0, np.uint8)
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(view, np.uint8)


def write(place: Path, content: Any) -> None:
    """Make a file of the store out of what came; it is there whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, memoryview(content), durable=False)


def _fetch(store: Path, files: Files) -> list[str]:
    """Get what this node does not have yet; return what is lost."""
    import ray

    lost = []
    for name, (reference,) in files.items():
        # A manifest that is there may have been withdrawn since; archives are what they are called.
        if name.endswith(".json") or not (store / name).exists():
            try:
                write(store / name, ray.get(reference))
            except ray.exceptions.ObjectLostError:
                lost.append(name)
    return lost


def _keep(store: Path, spec: UnitSpec, bucket: str | None) -> None:
    """Put the archives that an attempt left into the bucket, if there is one."""
    if bucket is None:
        return
    objects = Bucket(bucket)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda path: objects.put(path, path.name), _made_archives(store, spec)))


def _not_kept(error: StoreError) -> Failure:
    return Failure(
        code="store",
        ename=type(error).__name__,
        evalue=f"What the step made could not be kept. {error}",
        hint="Run it again when the store can be written; the step has to run again.",
    )


def _made(store: Path, spec: UnitSpec) -> Iterator[Path]:
    """Yield the files that an attempt left: its values, its executed unit, its manifest."""
    run = layout.run_folder(store, spec.run)
    yield from _made_archives(store, spec)
    executed = layout.executed_unit(run, spec.step, spec.attempt)
    yield from (path for path in (executed, layout.manifest(run, spec.step)) if path.exists())


def _made_archives(store: Path, spec: UnitSpec) -> list[Path]:
    manifest = layout.manifest(layout.run_folder(store, spec.run), spec.step)
    if not manifest.exists():
        return []
    told = manifests.read(manifest)
    kept = (entry.get("archive") for entry in told.get("kept", {}).values())
    every = [
        *manifests.needed(store, told),
        *manifests.places(store, kept),
        *manifests.written(store, told),
    ]
    return list(dict.fromkeys(every))
