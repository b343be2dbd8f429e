"""The frozen thing that is submitted: a pipeline, its units and the parameter values of one run.

On disk a plan is a folder: `plan.json` and `units/STEP.ipynb`. The same notebook and the same
parameter values give byte-identical files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbprism.compiler.settings import StepSettings

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
    notebook: Mapping[str, Any]
    """nbformat 4.5 as a plain dict."""

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
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline frozen for one run."""

    pipeline: str
    parameters: Mapping[str, Any]
    """Every parameter of the notebook with the value of this run, JSON."""
    units: tuple[Unit, ...]
    """In notebook order, which is an order that respects `needs`."""
    notebook: Mapping[str, Any]
    """The user's notebook as it was at submit, nbformat as a plain dict."""
