"""Reuse or run, for one step: the one place that says so, for drivers and for forecasts alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbprism.compiler.plan import Plan, Unit
from nbprism.runner.reuse.causes import NEVER_RAN, RESULT_REMOVED, Cause, differences
from nbprism.runner.reuse.ingredients import Given, Ingredients
from nbprism.runner.reuse.packages import PYTHON, Packages
from nbprism.runner.reuse.records import Record, Records
from nbprism.runner.reuse.world import World


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known about a step before it would run."""

    record: Record | None
    """What stands for it, or None if it has to run."""
    causes: tuple[Cause, ...] = ()
    """Why it has to run, the most telling first."""


def ingredients_of(
    unit: Unit, contents: Mapping[str, str], after: Mapping[str, str], packages: Packages
) -> Ingredients:
    """Return what a step is computed from.

    Args:
        unit: The step, with its parameter values.
        contents: What stands for the content of each of its inputs, by name.
        after: The keys of the steps that it is told to come after.
        packages: What is installed.
    """
    items = {unit.items.variable: unit.items.source or ""} if unit.items else {}
    made_by = {**unit.inputs, **items}
    return Ingredients(
        fingerprint=unit.fingerprint,
        code=unit.parts,
        parameters=unit.parameters,
        inputs={name: Given(made_by[name], content) for name, content in contents.items()},
        after=after,
        packages=packages.versions(unit.parts.packages),
        python=PYTHON,
    )


def assess(
    unit: Unit, made_of: Ingredients, records: Records, world: World, number: Mapping[str, int]
) -> Assessment:
    """Return what stands for a step, or why nothing does."""
    objections = []
    for record in records.under(made_of.key):
        objection = world.objection(record, unit.settings.env_vars)
        if objection is None:
            return Assessment(record)
        objections.append(objection)
    if objections:
        return Assessment(None, (objections[0],))
    return Assessment(None, since_last_time(unit.step, made_of, records, number))


def since_last_time(
    step: str, made_of: Ingredients, records: Records, number: Mapping[str, int]
) -> tuple[Cause, ...]:
    """Return what changed about a step since it was last computed or reused."""
    latest = records.latest(step)
    if latest is None:
        return (NEVER_RAN,)
    return differences(latest.made_of, made_of, number) or (RESULT_REMOVED,)


def only_waited_for(unit: Unit) -> tuple[str, ...]:
    """Return the steps that it is told to come after and takes nothing from."""
    given = set(unit.inputs.values())
    return tuple(step for step in unit.settings.after if step not in given and step in unit.needs)


def cell_numbers(plan: Plan) -> dict[str, int]:
    """Return the ids of the notebook's cells with their numbers, as people count them from 1."""
    cells = enumerate(plan.notebook["cells"], start=1)
    return {cell["id"]: number for number, cell in cells if "id" in cell}
