"""What a plan says about each step's place in a run: what it waits for, and what may go wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from nbprism.compiler.plan import Plan, Unit
from nbprism.runner.flow.children import parent_of

BACKOFF: Final = 2.0
MAX_DELAY_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class StepRules:
    """What the plan says about one step's place in the run."""

    needs: tuple[str, ...] = ()
    """Steps that must have ended well before it starts."""
    awaits: tuple[str, ...] = ()
    """Steps whose end it waits for, good or bad: they may change in place what it takes."""
    values_from: frozenset[str] = frozenset()
    """Those of `needs` whose values it loads; the others are only waited for."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Names it loads, and the step whose version of each it gets."""
    place: int = 0
    """Where its first cell stands in the notebook."""
    retries: int = 0
    retry_delay_s: float = 0.0
    timeout_s: float | None = None
    allow_failure: bool = False
    expands: bool = False
    """Whether it runs once for each item of a list."""
    max_parallel: int | None = None
    """How many of its units run at a time; None for all."""
    cell: str | None = None
    """The cell in which is told how its units ended."""

    def pause_s(self, tried: int) -> float:
        """Return how long to wait before the next try, after so many."""
        return min(self.retry_delay_s * BACKOFF ** (tried - 1), MAX_DELAY_S)


class Rules(dict[str, StepRules]):
    """The rules of a whole plan, in its order; not changed once it is made."""

    def __missing__(self, name: str) -> StepRules:
        """Return the rules of one unit of a step that expands: the step's, without its needs."""
        step = parent_of(name)
        if step is None:
            raise KeyError(name)
        return replace(self[step], needs=(), awaits=(), values_from=frozenset(), expands=False)

    @cached_property
    def followers(self) -> Mapping[str, tuple[str, ...]]:
        """Each step with those that wait for it."""
        found: dict[str, list[str]] = {name: [] for name in self}
        for name, leading in self._needs.items():
            for need in leading:
                found[need].append(name)
        return {name: tuple(waiting) for name, waiting in found.items()}

    @cached_property
    def is_in_order(self) -> bool:
        """Whether every step needs only those that begin above it in the notebook."""
        return all(
            self[need].place <= rules.place for rules in self.values() for need in rules.needs
        )

    def takers_after(self, step: str, name: str) -> tuple[str, ...]:
        """Return the later steps of the notebook that get the same version of a name as it did.

        But for those that it waits for itself: they cannot wait for it.
        """
        own = self.get(step)
        if own is None or name not in own.inputs:
            return ()
        source, before = own.inputs[name], self.all_before(step)
        return tuple(
            other
            for other, rules in self.items()
            if rules.place > own.place and rules.inputs.get(name) == source and other not in before
        )

    def all_after(self, step: str) -> frozenset[str]:
        """Return the step and all that wait for it, directly or not."""
        return self._once("after", step, self.followers)

    def all_before(self, step: str) -> frozenset[str]:
        """Return the step and all that it waits for, directly or not."""
        return self._once("before", step, self._needs)

    @cached_property
    def _needs(self) -> Mapping[str, tuple[str, ...]]:
        return {name: (*rules.needs, *rules.awaits) for name, rules in self.items()}

    @cached_property
    def _reached(self) -> dict[tuple[str, str], frozenset[str]]:
        return {}

    def _once(
        self, side: str, step: str, leads_to: Mapping[str, tuple[str, ...]]
    ) -> frozenset[str]:
        if (side, step) not in self._reached:
            self._reached[side, step] = _reached(step, leads_to)
        return self._reached[side, step]


def rules_of(plan: Plan, changes: Mapping[str, Collection[str]] | None = None) -> Rules:
    """Return what a plan says about each step's place in the run, in plan order.

    Args:
        plan: The plan.
        changes: Steps that changed inputs in place, unforeseen, in earlier runs, with their names:
            those that take the same wait for them.
    """
    rules = _rules_of(plan)
    for step, names in (changes or {}).items():
        for name in sorted(names):
            for taker in rules.takers_after(step, name):
                waits = replace(rules[taker], awaits=(*rules[taker].awaits, step))
                # Made anew each time: who waits for whom decides which wait comes next.
                rules = Rules({**rules, taker: waits})
    return rules


def _goes_over(unit: Unit) -> dict[str, str]:
    """Return the list whose items the unit's own are, and the step that makes it."""
    if unit.items is None or unit.items.source is None:
        return {}
    return {unit.items.name: unit.items.source}


def _rules_of(plan: Plan) -> Rules:
    places = {cell.get("id"): index for index, cell in enumerate(plan.notebook["cells"])}
    return Rules(
        (
            unit.step,
            StepRules(
                needs=tuple(unit.needs),
                values_from=frozenset(unit.inputs.values()),
                inputs={**unit.inputs, **_goes_over(unit)},
                place=min((places.get(cell, 0) for cell in unit.cells), default=0),
                retries=unit.settings.retries,
                retry_delay_s=unit.settings.retry_delay_s,
                timeout_s=unit.settings.timeout_s,
                allow_failure=unit.settings.allow_failure,
                expands=unit.items is not None,
                max_parallel=unit.settings.max_parallel,
                cell=unit.cells[-1] if unit.cells else None,
            ),
        )
        for unit in plan.units
    )


def _reached(start: str, leads_to: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found, todo = {start}, [start]
    while todo:
        new = [name for name in leads_to.get(todo.pop(), ()) if name not in found]
        found.update(new)
        todo.extend(new)
    return frozenset(found)
