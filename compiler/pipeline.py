"""The checked graph of steps that a notebook compiles to.

Frozen values only: everything here is made by the compiler, has a JSON form that `nbprism
compile --json` prints, and never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.fingerprint import CodeParts
from nbprism.compiler.flow import CellRole, Edge, Parameter, StepFlow
from nbprism.compiler.settings.step import StepSettings

SCHEMA = 1
"""Version of the JSON form of a pipeline."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the notebook and what it counts as."""

    id: str
    index: int
    """Position in the notebook, from 0, text cells counted."""
    role: CellRole
    step: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "index": self.index, "role": self.role, "step": self.step}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(StepFlow):
    """A named group of tagged cells: what it takes and gives, and what was asked for it.

    What it replays, leaves, carries and does to files is not in the JSON form.
    """

    cells: tuple[str, ...]
    settings: StepSettings
    fingerprint: str
    """Digest of its code, the definitions it uses and its settings; not of its inputs' content, nor
    of what it leaves, which depends on what other steps need."""
    parts: CodeParts
    """What the fingerprint is made of. Not in the JSON form."""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "cells": list(self.cells),
            "inputs": [item.to_json() for item in self.inputs],
            "outputs": list(self.outputs),
            "parameters": list(self.parameters),
            "metrics": list(self.metrics),
            "settings": self.settings.to_json(),
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The checked graph of steps of one notebook, with everything found wrong with it."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    steps: tuple[Step, ...] = ()
    """In notebook order of their first cells."""
    edges: tuple[Edge, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    cells: tuple[Cell, ...] = field(default=())

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that stop the pipeline from running."""
        return tuple(d for d in self.diagnostics if d.severity == "error")

    def step(self, name: str) -> Step:
        """Return the step of that name.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def upstream(self) -> Mapping[str, tuple[str, ...]]:
        """Return, for each step, the steps it waits for, in notebook order."""
        order = {step.name: index for index, step in enumerate(self.steps)}
        waits: dict[str, set[str]] = {name: set() for name in order}
        for edge in self.edges:
            waits[edge.target].add(edge.source)
        return {
            name: tuple(sorted(sources, key=order.__getitem__)) for name, sources in waits.items()
        }

    def to_json(self) -> dict[str, Any]:
        """Return the form that `nbprism compile --json` prints (design: command line)."""
        return {
            "schema": SCHEMA,
            "pipeline": self.name,
            "parameters": _forms(self.parameters),
            "steps": _forms(self.steps),
            "edges": _forms(self.edges),
            "diagnostics": _forms(self.diagnostics),
            "cells": _forms(self.cells),
        }


def _forms(values: Iterator[Any] | tuple[Any, ...]) -> list[dict[str, Any]]:
    return [value.to_json() for value in values]
