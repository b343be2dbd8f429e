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
from nbprism.compiler.notebook import Notebook
from nbprism.compiler.parameter_values import settle_parameters
from nbprism.compiler.pipeline import Pipeline, Step
from nbprism.compiler.settings import StepSettings
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
    units = tuple(
        _unit(notebook, steps[name], upstream[name], values)
        for name in order_steps(tuple(steps), pipeline.edges)
    )
    return Plan(pipeline.name, values, units, dict(notebook.raw))


def _unit(
    notebook: Notebook, step: Step, needs: tuple[str, ...], values: Mapping[str, Any]
) -> Unit:
    own = {name: value for name, value in values.items() if name in step.parameters}
    return Unit(
        step=step.name,
        cells=step.cells,
        needs=needs,
        inputs={item.name: item.source for item in (*step.inputs, *step.carried)},
        outputs=step.outputs,
        metrics=step.metrics,
        parameters=own,
        settings=step.settings,
        fingerprint=unit_fingerprint(step.fingerprint, own),
        notebook=unit_notebook(notebook, step, own),
        parts=step.parts or CodeParts(),
    )


def _why_not(pipeline: Pipeline) -> str:
    first, *others = pipeline.errors
    more = f" There are {len(others)} more errors." if len(others) > 1 else ""
    more = " There is one more error." if len(others) == 1 else more
    return f"The notebook has an error: {first.message}{more}"
