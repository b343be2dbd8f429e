"""The frozen thing that is submitted: a pipeline, its units and the parameter values of one run.

On disk a plan is a folder: `plan.json`, `units/STEP.ipynb` and `notebook.ipynb`. The same notebook
and the same parameter values give byte-identical files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbprism.compiler.checks import order_steps
from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.fingerprint import CodeParts, unit_fingerprint
from nbprism.compiler.parameter_values import settle_parameters
from nbprism.compiler.pipeline import Pipeline, Step
from nbprism.compiler.reading.notebook import Notebook
from nbprism.compiler.settings.loops import Items, is_mentioned
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.units import unit_notebook

SCHEMA = 1
"""Version of the JSON form of a plan."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a step compiles to: a notebook papermill can execute, and how to run it."""

    step: str
    cells: tuple[str, ...]
    """Ids of the step's own cells, as they are in the user's notebook."""
    needs: tuple[str, ...]
    """Steps that must have succeeded before."""
    inputs: Mapping[str, str]
    """Name -> step whose version of it is loaded."""
    outputs: tuple[str, ...]
    metrics: tuple[str, ...]
    parameters: Mapping[str, Any]
    """The values of the parameters it reads, JSON."""
    settings: StepSettings
    fingerprint: str
    """The step's, with these parameter values."""
    notebook: Mapping[str, Any]
    """nbformat 4.5 as a plain dict."""
    items: Items | None = None
    """What it goes over, if it runs once for each item of a list."""
    parts: CodeParts = field(default_factory=CodeParts)
    """What the fingerprint is made of, apart from the parameters."""

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "cells": list(self.cells),
            "needs": list(self.needs),
            "inputs": dict(self.inputs),
            "outputs": list(self.outputs),
            "metrics": list(self.metrics),
            "parameters": dict(self.parameters),
            "settings": self.settings.to_json(),
            "fingerprint": self.fingerprint,
            "items": None if self.items is None else self.items.to_json(),
            "parts": self.parts.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline frozen for one run."""

    pipeline: str
    parameters: Mapping[str, Any]
    """Every parameter of the notebook with the value of this run, JSON."""
    units: tuple[Unit, ...]
    """In an order that respects `needs`; in notebook order where that is free."""
    notebook: Mapping[str, Any]
    """The user's notebook as it was at submit, nbformat as a plain dict."""
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Manifests of steps that no unit computes, by step: units load from them as from any other."""

    def unit(self, step: str) -> Unit:
        """Return the unit of that step.

        Raises:
            KeyError: there is none.
        """
        for unit in self.units:
            if unit.step == step:
                return unit
        raise KeyError(step)

    def to_json(self) -> dict[str, Any]:
        """Return what `plan.json` holds; the notebooks are files of their own."""
        return {
            "schema": SCHEMA,
            "pipeline": self.pipeline,
            "parameters": dict(self.parameters),
            "units": [unit.to_json() for unit in self.units],
            "given": {step: dict(manifest) for step, manifest in self.given.items()},
        }


def make_plan(notebook: Notebook, pipeline: Pipeline, parameters: Mapping[str, Any]) -> Plan:
    """Return the plan of one run, with `parameters` in place of the notebook's defaults.

    Raises:
        PlanRejected: the pipeline has errors, or a parameter is unknown or of the wrong type.
    """
    if pipeline.errors:
        raise PlanRejected(_why_not(pipeline))
    values = settle_parameters(pipeline.parameters, parameters)
    steps = {step.name: step for step in pipeline.steps}
    upstream = pipeline.upstream()
    itemised = _itemised(pipeline)
    units = tuple(
        _unit(notebook, steps[name], upstream[name], values, itemised.get(name, {}))
        for name in order_steps(tuple(steps), pipeline.edges)
    )
    return Plan(pipeline.name, values, units, dict(notebook.raw))


def _itemised(pipeline: Pipeline) -> Mapping[str, Mapping[str, int]]:
    """Return the lists that some step goes over, by the step that makes them, with their limit."""
    found: dict[str, dict[str, int]] = {}
    # What a step that goes over items gives is collected item by item anyway.
    plain = {step.name for step in pipeline.steps if step.settings.foreach is None}
    for step in pipeline.steps:
        over, limit = step.settings.foreach, step.settings.max_items
        for item in step.inputs if over is not None else ():
            if over is not None and item.name == over.name and item.source in plain:
                limits = found.setdefault(item.source, {})
                limits[item.name] = max(limit, limits.get(item.name, 0))
    return found


def _items(step: Step, values: Mapping[str, Any]) -> Items | None:
    over = step.settings.foreach
    if over is None:
        return None
    sources = [item.source for item in step.inputs if item.name == over.name]
    if sources:
        return Items(over.variable, over.name, sources[0])
    value = values[over.name]
    if not isinstance(value, list):
        raise PlanRejected(
            f"Step '{step.name}' runs once for each item of the parameter '{over.name}', which "
            f"must be a list then, as in -p {over.name}='[1, 2]', not {value!r}."
        )
    limit = step.settings.max_items
    if len(value) > limit:
        raise PlanRejected(
            f"The parameter '{over.name}' has {len(value):,} items; step '{step.name}' takes at "
            f"most {limit:,} (its setting `max_items`)."
        )
    return Items(over.variable, over.name, None, tuple(value))


def _left_out(notebook: Notebook, step: Step, items: Items | None) -> str | None:
    """Return the name of the list if the units need only their own item of it."""
    if items is None:
        return None
    own = [notebook.cell(cell).source for cell in step.cells]
    replayed = [fragment.source for fragment in step.replay]
    return None if is_mentioned(items.name, [*own, *replayed]) else items.name


def _unit(
    notebook: Notebook,
    step: Step,
    needs: tuple[str, ...],
    values: Mapping[str, Any],
    itemised: Mapping[str, int],
) -> Unit:
    items = _items(step, values)
    unused = _left_out(notebook, step, items)
    own = {k: value for k, value in values.items() if k in step.parameters and k != unused}
    taken = (*step.inputs, *step.carried)
    inputs = {item.name: item.source for item in taken if item.name != unused}
    return Unit(
        step=step.name,
        cells=step.cells,
        needs=needs,
        inputs=inputs,
        outputs=step.outputs,
        metrics=step.metrics,
        parameters=own,
        settings=step.settings,
        fingerprint=unit_fingerprint(step.fingerprint, own, itemised),
        notebook=unit_notebook(notebook, step, own, inputs, items=items, itemised=itemised),
        items=items,
        parts=step.parts,
    )


def _why_not(pipeline: Pipeline) -> str:
    first, *others = pipeline.errors
    more = f" There are {len(others)} more errors." if len(others) > 1 else ""
    more = " There is one more error." if len(others) == 1 else more
    return f"The notebook has an error: {first.message}{more}"
