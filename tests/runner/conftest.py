"""Plans made by hand: what the runner needs of the compiler, without the compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nbprism.compiler.plan import Plan, Unit
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.store import RunFolder, Store

NOTEBOOK: Mapping[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}

MakePlan = Callable[..., Plan]


@pytest.fixture
def make_plan() -> MakePlan:
    """Make a plan from `step="needs it has"`, with settings and values by step."""

    def make(
        needs: Mapping[str, str],
        *,
        settings: Mapping[str, StepSettings] | None = None,
        only_after: tuple[str, ...] = (),
        name: str = "digits",
    ) -> Plan:
        units = tuple(
            Unit(
                step=step,
                cells=(f"{step}-cell",),
                needs=tuple(text.split()),
                inputs={f"{n}_value": n for n in text.split() if step not in only_after},
                outputs=(f"{step}_value",),
                metrics=(),
                parameters={},
                settings=(settings or {}).get(step, StepSettings()),
                fingerprint=step,
                notebook=NOTEBOOK,
            )
            for step, text in needs.items()
        )
        return Plan(pipeline=name, parameters={"lr": 0.1}, units=units, notebook=NOTEBOOK)

    return make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".nbprism")


@pytest.fixture
def run(store: Store, make_plan: MakePlan, tmp_path: Path) -> RunFolder:
    plan = make_plan({"load": "", "train": "load"})
    return store.create_run(plan, notebook_path=tmp_path / "digits.ipynb")
