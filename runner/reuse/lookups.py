"""Look-ups for the driver of one run: what stands for a step, and what others may take of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.plan import Plan, Unit
from nbprism.runner import layout
from nbprism.runner.errors import StoreError
from nbprism.runner.events import RunAccepted, StepSucceeded
from nbprism.runner.flow.children import index_of
from nbprism.runner.flow.commands import Found
from nbprism.runner.flow.units import units_of
from nbprism.runner.locks import shared
from nbprism.runner.manifests import content_of
from nbprism.runner.observed import contents
from nbprism.runner.reuse.assess import (
    Assessment,
    assess,
    cell_numbers,
    ingredients_of,
    only_waited_for,
)
from nbprism.runner.reuse.causes import (
    CACHE_OFF,
    RESULT_REMOVED,
    STEP_CACHE_OFF,
    UNKNOWN,
    Cause,
    in_words,
)
from nbprism.runner.reuse.claims import Claims
from nbprism.runner.reuse.ingredients import Ingredients
from nbprism.runner.reuse.packages import Packages
from nbprism.runner.reuse.records import Computed, Record, Records
from nbprism.runner.reuse.resumed import Resumed
from nbprism.runner.reuse.takeover import Earlier, take_over
from nbprism.runner.reuse.world import World
from nbprism.runner.unit.items import entry_of

POLL_S: Final = 0.1
"""How often a run that waits for another one to compute the same looks again."""

AT_HAND: Final = 128
"""How many manifests are kept once they are read: a run of many steps must not fill its driver."""
_DAMAGED: Final = (OSError, ValueError, KeyError)
"""What a manifest that is gone or damaged leads to."""

log = logging.getLogger("nbprism.reuse")

Answer = tuple[Found | None, str]
"""What stands for a step, or why nothing does."""


class Lookups:
    """What one run asks the store about its steps, and tells it."""

    def __init__(
        self,
        run: Path,
        plan: Plan,
        accepted: RunAccepted,
        environ: Mapping[str, str],
        folder: Path | None = None,
        bucket: str | None = None,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            run: The run's folder.
            plan: Its plan.
            accepted: What it was told to do.
            environ: The environment variables of whoever submitted it.
            folder: The working directory of its units; default: the notebook's.
            bucket: The address of the bucket behind the store, if there is one.
        """
        self._run, self._accepted = run, accepted
        self._store = layout.store_of(run)
        self._folder = folder or Path(accepted.notebook).parent
        self._units = units_of(plan)
        self._number = cell_numbers(plan)
        self._records = _records(self._store, Path(accepted.notebook), bucket)
        self._world = World(self._store, self._folder, environ)
        self._packages = Packages(self._folder)
        self._resumed = Resumed(self._store, accepted.resumes) if accepted.resumes else None
        self._claims = Claims()
        self._takes: dict[str, Mapping[str, str]] = {}
        """Of each step that was asked about: the inputs it takes from a step that changed them."""
        self._made_of: dict[str, Ingredients] = {}
        self._manifest = lru_cache(AT_HAND)(self._read_manifest)
        self._writers: dict[str, dict[str, str | None]] = {}
        """Each file that steps of this run have written: step -> the digest it left."""
        self._place = {unit.step: number for number, unit in enumerate(plan.units)}

    async def look_up(
        self,
        step: str,
        takes: Mapping[str, str] | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Answer:
        """Return what stands for the step; it is in the run's folder then.

        If nothing does, others that would compute the same wait from now on, until `let_go`.

        Args:
            step: The step.
            takes: Inputs that it takes from a step that changed them in place, unforeseen, by name.
            is_wanted: Says whether anybody still waits for the answer.
        """
        unit = self._units[step]
        self._taking(step, takes or {})
        while is_wanted():
            # To wait for another thread takes longer than to read what is ours; the user's files
            # may be large.
            far = self._records.is_far or self._meets_files(unit)
            answer = await asyncio.to_thread(self._look, unit) if far else self._look(unit)
            if answer is not None:
                return answer
            # A lock of another process: the operating system tells nobody when it is free.
            await asyncio.sleep(POLL_S)
        return None, ""

    def misread(self, step: str, before: Collection[str]) -> tuple[str, str] | None:
        """Return a file that the step found otherwise than a step of `before` had written it.

        With that step; None if all is well. The last of them in the notebook that wrote it counts.
        """
        try:
            read = self._manifest(step).get("files", {}).get("read", {})
        except _DAMAGED:
            return None
        for path in read.keys() & self._writers.keys():
            left = self._writers[path]
            writers = [name for name in left if name in before and name != step]
            last = max(writers, key=self._place.__getitem__, default=None)
            if last is not None and _differ(read[path], left[last]):
                return path, last
        return None

    def _note_written(self, step: str, manifest: Mapping[str, Any]) -> None:
        contested = manifest["files"].get("contested", ())
        for path, written in manifest["files"]["written"].items():
            digest = contents.CONTESTED if path in contested else written["digest"]
            self._writers.setdefault(path, {})[step] = digest

    def withdraw(self, step: str) -> None:
        """Take back what the step has published in this run; what it has shown is kept apart."""
        layout.manifest(self._run, step).unlink(missing_ok=True)
        for place in layout.executed_units(self._run, step):
            for whole in layout.whole_outputs_beside(place):
                whole.replace(whole.with_suffix(".withdrawn"))
            place.replace(place.with_suffix(".withdrawn"))
        self._claims.let_go(step)
        self._manifest.cache_clear()
        for left in self._writers.values():
            left.pop(step, None)
        self._made_of.pop(step, None)

    def damaged(self, step: str) -> tuple[str, ...]:
        """Return the steps whose values this one loads and that are damaged, or gone.

        What is damaged is removed, so that no run takes it again.
        """
        from nbprism.runner.artifacts import shelf

        found = []
        for maker, entry in self._loads(self._units[step]):
            digest = entry.get("archive")
            if digest is None or layout.in_bucket(self._store, digest).exists():
                continue
            if not shelf.has(self._store, digest):
                layout.archive(self._store, digest).unlink(missing_ok=True)
                log.warning("Step %s: archive %s of %s is damaged or gone", step, digest, maker)
                found.append(maker)
        return tuple(dict.fromkeys(found))

    def record(self, event: StepSucceeded, takes: Mapping[str, str] | None = None) -> None:
        """Let others take what the step gave; `takes` as in `look_up`."""
        unit = self._units[event.step]
        self._taking(event.step, takes or {})
        try:
            made_of = self._ingredients(unit)
            grown = self._world.grew_later(self._manifest(event.step))
        except _DAMAGED as error:
            log.warning("Step %s cannot be recorded: %r", event.step, error)
            return
        if grown is not None:
            log.warning("Step %s is not reused: it did not close %s", event.step, grown)
            return
        self._note_written(event.step, self._manifest(event.step))
        computed = Computed(
            run=self._accepted.run,
            step=event.step,
            at=event.at,
            duration_s=event.duration_s,
            made_of=made_of,
            cells=unit.cells,
            manifest=layout.manifest(self._run, event.step),
            unit=layout.executed_unit(self._run, event.step, event.attempt),
        )
        self._records.keep(computed)

    def let_go(self, step: str) -> None:
        """Let others compute what the step would, or take what it gave."""
        self._claims.let_go(step)

    def close(self) -> None:
        """Let others compute whatever this run did not."""
        self._claims.let_all_go()
        self._records.close()

    def _look(self, unit: Unit) -> Answer | None:
        """Return the answer; None if another run computes it now."""
        try:
            # What is found now is not removed before it is this run's.
            with shared(layout.gc_lock(self._store)):
                return self._looked(unit)
        except _DAMAGED as error:
            # A manifest of this very run is gone or damaged. The step will say what it misses.
            log.warning("Step %s cannot be looked up: %r", unit.step, error)
            return None, UNKNOWN.text

    def _meets_files(self, unit: Unit) -> bool:
        """Return whether a look-up of the step may have to read or write the user's files."""
        if self._resumed is not None:
            return True
        try:
            records = self._records.under(self._ingredients(unit).key)
        except _DAMAGED:
            return False
        return any(self._world.has_part_in(record) for record in records)

    def _looked(self, unit: Unit) -> Answer | None:
        if found := self._taken_from_resumed(unit):
            return found, ""
        if off := self._off(unit):
            return None, off.text
        taken, why = self._taken(unit)
        if taken is not None or self._claims.take(unit.step, self._claim(unit)):
            if taken is None:
                # Whoever had the claim may have been done in between.
                taken, why = self._taken(unit)
            if taken is not None:
                self._claims.let_go(unit.step)
            return taken, why
        return None

    def _off(self, unit: Unit) -> Cause | None:
        if not self._accepted.cache:
            return CACHE_OFF
        return STEP_CACHE_OFF if unit.settings.cache is False else None

    def _taken(self, unit: Unit) -> Answer:
        found = self._assess(unit)
        if found.record is None:
            return None, in_words(found.causes)
        try:
            self._records.bring(found.record)
            taken = take_over(_earlier(found.record), unit, self._run, self._folder)
        except (OSError, ValueError, StoreError):  # removed at this moment, or damaged
            return None, RESULT_REMOVED.text
        self._records.note(unit.step, found.record.key, found.record.run)
        self._note_written(unit.step, found.record.manifest)
        return taken, ""

    def _assess(self, unit: Unit) -> Assessment:
        return assess(unit, self._ingredients(unit), self._records, self._world, self._number)

    def _claim(self, unit: Unit) -> Path:
        return self._records.claim_path(self._ingredients(unit).key)

    def _taking(self, step: str, takes: Mapping[str, str]) -> None:
        if self._takes.get(step, {}) != dict(takes):
            self._made_of.pop(step, None)
        self._takes[step] = dict(takes)

    def _ingredients(self, unit: Unit) -> Ingredients:
        if unit.step not in self._made_of:
            given = self._given(unit)
            after = {step: self._identity(self._units[step]) for step in only_waited_for(unit)}
            made_of = ingredients_of(unit, given, after, self._packages)
            self._made_of[unit.step] = made_of
        return self._made_of[unit.step]

    def _given(self, unit: Unit) -> dict[str, str]:
        """Return what stands for the content of each input, an item of a list included."""
        given = {name: content_of(self._input(unit, name)) for name in unit.inputs}
        return {**given, **self._item(unit)}

    def _input(self, unit: Unit, name: str) -> Mapping[str, Any]:
        changer = self._takes.get(unit.step, {}).get(name)
        kind = "outputs" if changer is None else "changed"
        found: Mapping[str, Any] = self._manifest(changer or unit.inputs[name])[kind][name]
        return found

    def _loads(self, unit: Unit) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the manifests' entries of all that the unit loads, each with who made it."""
        takes = self._takes.get(unit.step, {})
        for name, step in unit.inputs.items():
            entry = self._input(unit, name)
            for member in entry.get("list") or [entry]:
                yield takes.get(name, step), member
        index = index_of(unit.step)
        if unit.items is not None and unit.items.source is not None and index is not None:
            source = takes.get(unit.items.name, unit.items.source)
            yield source, entry_of(self._manifest(source), unit.items.name, index)

    def _item(self, unit: Unit) -> dict[str, str]:
        """Return what stands for the unit's own item of a list that another step made."""
        index = index_of(unit.step)
        if index is None or unit.items is None or unit.items.source is None:
            return {}
        takes = self._takes.get(unit.step, {})
        source = takes.get(unit.items.name, unit.items.source)
        entry = entry_of(self._manifest(source), unit.items.name, index)
        return {unit.items.variable: content_of(entry)}

    def _identity(self, unit: Unit) -> str:
        """Return what stands for a step of which only its being done matters."""
        if not layout.manifest(self._run, unit.step).exists():
            return "failed"
        # Without a cache it did something new in this run, whatever it was computed from.
        ours = "" if unit.settings.cache else f"/{self._accepted.run}"
        return self._ingredients(unit).key + ours

    def _read_manifest(self, step: str) -> Mapping[str, Any]:
        found: dict[str, Any] = json.loads(layout.manifest(self._run, step).read_bytes())
        return found

    def _taken_from_resumed(self, unit: Unit) -> Found | None:
        """Return what the run that is resumed made of the step, if it is there and still fits."""
        if self._resumed is None:
            return None
        try:
            earlier = self._resumed.finished(unit, self._given(unit))
            if earlier is None:
                return None
            taken = take_over(earlier, unit, self._run, self._folder)
        except _DAMAGED:
            return None
        self._note_written(unit.step, earlier.manifest)
        return taken


def _records(store: Path, notebook: Path, bucket: str | None) -> Records:
    if bucket is None:
        return Records(store, notebook)
    # Only there: most runs have no bucket.
    from nbprism.runner.artifacts.bucket import Bucket
    from nbprism.runner.reuse.shared_records import SharedRecords

    return SharedRecords(store, notebook, Bucket(bucket))


def _differ(read: str | None, left: str | None) -> bool:
    """Return whether a file is known to have held something else than what was left in it."""
    return read is not None and left is not None and read != left


def _earlier(record: Record) -> Earlier:
    return Earlier(
        run=record.run,
        duration_s=record.duration_s,
        manifest=record.manifest,
        manifest_path=record.manifest_path,
        unit_path=record.unit_path,
        cells=record.cells,
    )
