"""What a run of a plan would reuse and what it would run, and why, asked without running it.

What depends on a step that will run is not certain: should that step give what it gave before,
those after it are reused after all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from nbprism.compiler.plan import Plan, Unit
from nbprism.compiler.settings.loops import Items
from nbprism.runner.flow.children import child_name
from nbprism.runner.flow.rules import rules_of
from nbprism.runner.flow.units import units_of
from nbprism.runner.manifests import content_of
from nbprism.runner.observed.contents import ABSENT
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.reuse.assess import (
    Assessment,
    assess,
    cell_numbers,
    ingredients_of,
    only_waited_for,
    since_last_time,
)
from nbprism.runner.reuse.causes import (
    CACHE_OFF,
    FORCED,
    NEVER_RAN,
    NOT_ASKED_FOR,
    STEP_CACHE_OFF,
    Cause,
    in_words,
    may_change,
    may_change_before,
)
from nbprism.runner.reuse.ingredients import Ingredients
from nbprism.runner.reuse.lessons import Lessons
from nbprism.runner.reuse.packages import Packages
from nbprism.runner.reuse.records import Record, Records
from nbprism.runner.reuse.world import World
from nbprism.runner.unit.items import collected, count_of, entry_of

Action = Literal["reuse", "run", "skip"]


@dataclass(frozen=True, slots=True)
class StepForecast:
    """What a run would do with one step."""

    step: str
    action: Action
    certain: bool = True
    """False if it is reused after all should the steps it takes from give what they gave before."""
    causes: tuple[Cause, ...] = ()
    expected_s: float | None = None
    """How long it would take, told from the last time; None if that is not known."""
    record: Record | None = field(default=None, repr=False)
    """What it would be reused from."""

    def __str__(self) -> str:
        if self.record is not None:
            return f"{self.step}: reuse, nothing changed since run {self.record.run}"
        word = self.action if self.certain else "may run"
        return (
            f"{self.step}: {word}, {in_words(self.causes)}"
            if self.causes
            else f"{self.step}: {word}"
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "action": self.action,
            "certain": self.certain,
            "causes": [cause.to_json() for cause in self.causes],
            "expected_s": self.expected_s,
            "from_run": self.record.run if self.record else None,
            "saved_s": self.record.duration_s if self.record else None,
        }


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do, step by step."""

    steps: tuple[StepForecast, ...]
    expected_s: float | None
    """How long all of it would take at most, if everything that can goes on at the same time."""

    def step(self, name: str) -> StepForecast:
        """Return what the run would do with that step.

        Raises:
            KeyError: there is none.
        """
        return {step.step: step for step in self.steps}[name]

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(str(self))

    def to_json(self) -> dict[str, Any]:
        """Return the form that `nbprism run --dry-run --json` and the server give."""
        return {
            "schema": 1,
            "steps": [step.to_json() for step in self.steps],
            "expected_s": self.expected_s,
        }


def forecast(plan: Plan, store: Path, notebook: Path, options: RunOptions = USUAL) -> Forecast:
    """Return what a run of the plan would do now. Reads the store and files, changes nothing.

    Args:
        plan: What would run.
        store: The folder of the store it would run in.
        notebook: The notebook's file.
        options: How it would be told to run.
    """
    looking = _Forecaster(plan, store, notebook, options)
    steps = tuple(looking.step(unit) for unit in plan.units)
    return Forecast(steps, _expected(plan, steps))


class _Forecaster:
    """Goes through the steps in order, and knows of each what those before it would do."""

    def __init__(self, plan: Plan, store: Path, notebook: Path, options: RunOptions) -> None:
        self._options = options
        self._number = cell_numbers(plan)
        self._records = Records(store, notebook)
        self._ahead: dict[str, str] = {}
        self._world = World(store, notebook.parent, os.environ, self._ahead)
        self._packages = Packages(notebook.parent)
        self._done: dict[str, StepForecast] = {}
        self._made_of: dict[str, Ingredients] = {}
        self._units = units_of(plan)
        self._lessons = Lessons(store, notebook).changes
        self._rules = rules = rules_of(plan, self._lessons)
        only, start = options.only_step, options.from_step
        self._asked = rules.all_before(only) if only else frozenset(rules)
        self._forced = rules.all_after(start) if start else frozenset()

    def step(self, unit: Unit) -> StepForecast:
        """Return what the run would do with the step; those it needs were asked about before."""
        found = self._forecast(unit)
        self._done[unit.step] = found
        if found.record is not None:
            files = found.record.manifest["files"]
            self._ahead.update({name: one["digest"] for name, one in files["written"].items()})
            self._ahead.update(dict.fromkeys(files.get("removed", ()), ABSENT))
        return found

    def _forecast(self, unit: Unit) -> StepForecast:
        if unit.step not in self._asked:
            return StepForecast(unit.step, "skip", causes=(NOT_ASKED_FOR,))
        if cause := self._told(unit):
            return self._runs(unit, (cause,))
        unknown = tuple(self._unknown(unit))
        if unit.items is not None:
            return self._of_items(unit, unit.items, unknown)
        if unknown:
            return self._may_run(unit, unknown)
        made_of = self._ingredients(unit, {})
        self._made_of[unit.step] = made_of
        found = assess(unit, made_of, self._records, self._world, self._number)
        if found.record is None:
            return self._runs(unit, found.causes)
        return StepForecast(unit.step, "reuse", expected_s=0.0, record=found.record)

    def _of_items(self, unit: Unit, items: Items, unknown: tuple[Cause, ...]) -> StepForecast:
        """Say what would become of a step that runs once for each item of a list."""
        told = self._taken(unit, items.name, items.source)[0] if items.source else None
        if unknown or (items.source and told is None):
            ran = self._records.latest(child_name(unit.step, 0)) is not None
            causes = unknown or (may_change(items.name, items.source or ""),)
            return StepForecast(unit.step, "run", not ran, causes if ran else (NEVER_RAN,))
        manifest = told.manifest if told else {}
        count = len(items.values) if told is None else count_of(manifest, items.name)
        found = [self._of_item(unit, items, manifest, index) for index in range(count)]
        missing = [one for one in found if one.record is None]
        if missing:
            return StepForecast(unit.step, "run", causes=(_of_some(missing, count),))
        return StepForecast(unit.step, "reuse", expected_s=0.0, record=_collected(unit, found))

    def _of_item(
        self, unit: Unit, items: Items, manifest: Mapping[str, Any], index: int
    ) -> Assessment:
        own = self._units[child_name(unit.step, index)]
        known = {}
        if items.source is not None:
            known[items.variable] = content_of(entry_of(manifest, items.name, index))
        made_of = self._ingredients(own, known)
        return assess(own, made_of, self._records, self._world, self._number)

    def _told(self, unit: Unit) -> Cause | None:
        """Return what makes the step run whatever was computed before."""
        if unit.step in self._forced:
            return FORCED
        if not self._options.cache:
            return CACHE_OFF
        return STEP_CACHE_OFF if unit.settings.cache is False else None

    def _runs(self, unit: Unit, causes: tuple[Cause, ...], *, certain: bool = True) -> StepForecast:
        latest = self._records.latest(unit.step)
        expected_s = latest.duration_s if latest else None
        return StepForecast(unit.step, "run", certain, causes, expected_s)

    def _may_run(self, unit: Unit, unknown: tuple[Cause, ...]) -> StepForecast:
        """Say what is certain already about a step whose inputs are not known yet."""
        latest = self._records.latest(unit.step)
        if latest is None:
            return self._runs(unit, (NEVER_RAN,))
        made_of = self._as_before(unit, latest.made_of)
        if made_of.key != latest.key:
            changes = since_last_time(unit.step, made_of, self._records, self._number)
            return self._runs(unit, (*changes, *unknown))
        if objection := self._world.objection(latest, unit.settings.env_vars):
            return self._runs(unit, (objection, *unknown))
        return self._runs(unit, unknown, certain=False)

    def _as_before(self, unit: Unit, before: Ingredients) -> Ingredients:
        """Return what the step is made of if whatever is not known were as it was before."""
        given = {name: one.content for name, one in before.inputs.items()}
        now = self._ingredients(unit, given)
        return replace(now, after={**now.after, **before.after})

    def _unknown(self, unit: Unit) -> Iterator[Cause]:
        """Yield what is not known before the run about what the step takes from others."""
        for name, source in unit.inputs.items():
            if self._done[source].action == "run":
                yield may_change(name, source)
        for name, changer in self._may_take(unit):
            if changer not in self._done or self._done[changer].action == "run":
                yield may_change(name, changer)
        given = set(unit.inputs.values())
        for step in unit.needs:
            if step not in given and self._done[step].action == "run":
                yield may_change_before(step)

    def _may_take(self, unit: Unit) -> Iterator[tuple[str, str]]:
        """Yield the unit's inputs that another step changes in place, unforeseen, and that step."""
        for changer, names in self._lessons.items():
            for name in names:
                if unit.step in self._rules.takers_after(changer, name):
                    yield name, changer

    def _taken(self, unit: Unit, name: str, source: str) -> tuple[Record | None, str]:
        """Return the result that the unit takes a name from, if it is there, and as what it does.

        That is the one of the step that makes it (`outputs`), or that changes it (`changed`).
        """
        above = [step for taken, step in self._may_take(unit) if taken == name]
        for changer in sorted(above, key=lambda step: -self._rules[step].place):
            if changer not in self._done or self._done[changer].action == "run":
                return None, "changed"
            record = self._done[changer].record
            if record is not None and name in record.manifest.get("changed", {}):
                return record, "changed"
        return self._done[source].record, "outputs"

    def _entry(self, unit: Unit, name: str) -> Mapping[str, Any] | None:
        """Return the manifest's entry of an input, if the step that gives it would be reused."""
        record, kind = self._taken(unit, name, unit.inputs[name])
        return None if record is None else record.manifest[kind][name]

    def _ingredients(self, unit: Unit, else_known: Mapping[str, str]) -> Ingredients:
        contents = {}
        for name in unit.inputs:
            if (entry := self._entry(unit, name)) is not None:
                contents[name] = content_of(entry)
            else:
                contents[name] = else_known.get(name, "unknown")
        if unit.items is not None and unit.items.variable in else_known:
            contents[unit.items.variable] = else_known[unit.items.variable]
        after = {
            step: self._made_of[step].key if step in self._made_of else "unknown"
            for step in only_waited_for(unit)
        }
        return ingredients_of(unit, contents, after, self._packages)


def _of_some(missing: list[Assessment], count: int) -> Cause:
    """Return why a step runs for some of its items."""
    which = "each item" if len(missing) == count else f"{len(missing)} of {count} items"
    first = missing[0].causes[0] if missing[0].causes else NEVER_RAN
    return Cause("items-changed", f"{which}: {first.text}", cell=first.cell)


def _collected(unit: Unit, found: list[Assessment]) -> Record | None:
    """Return what stands for all units of a step; None for an empty list, which costs nothing."""
    records = [one.record for one in found if one.record is not None]
    if not records:
        return None
    manifests = [dict(record.manifest) for record in records]
    files: dict[str, Any] = {"written": {}}
    whole = {**collected(unit.step, unit.outputs, manifests), "files": files}
    for manifest in manifests:
        files["written"].update(manifest["files"]["written"])
    return replace(
        records[-1], manifest=whole, duration_s=sum(record.duration_s for record in records)
    )


def _expected(plan: Plan, steps: tuple[StepForecast, ...]) -> float | None:
    """Return the length of the longest way through the steps that run."""
    ends: dict[str, float] = {}
    for unit, step in zip(plan.units, steps, strict=True):
        if step.action == "run" and step.expected_s is None:
            return None
        begins = max((ends[need] for need in unit.needs), default=0.0)
        ends[unit.step] = begins + (step.expected_s or 0.0)
    return max(ends.values(), default=0.0)
