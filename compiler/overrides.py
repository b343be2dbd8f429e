"""A notebook with other step settings than it holds, for one run."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from nbprism.compiler.compilation import compile_notebook
from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.reading.notebook import Notebook, read_notebook
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.spelling import did_you_mean, listed


def with_settings(notebook: Notebook, overrides: Mapping[str, Mapping[str, Any]]) -> Notebook:
    """Return the notebook with other settings: step -> setting -> value. The file is not touched.

    Raises:
        PlanRejected: there is no such step or setting, or the metadata has no place for it.
    """
    if not overrides:
        return notebook
    known = [step.name for step in compile_notebook(notebook).steps]
    raw: dict[str, Any] = copy.deepcopy(dict(notebook.raw))
    for step, settings in overrides.items():
        if step not in known:
            hint = did_you_mean(step, known) or f"Steps are {listed(known)}."
            raise PlanRejected(f"There is no step '{step}' in {notebook.name}. {hint}")
        for key, value in settings.items():
            _check_name(key)
            _settings_of(raw, step)[key] = value
    return read_notebook(raw, name=notebook.name, path=notebook.path)


def _check_name(key: str) -> None:
    known = list(StepSettings().to_json())
    if key not in known:
        hint = did_you_mean(key, known) or f"Settings are {listed(known)}."
        raise PlanRejected(f"Steps have no setting '{key}'. {hint}")


def _settings_of(raw: dict[str, Any], step: str) -> dict[str, Any]:
    place: dict[str, Any] = raw["metadata"]
    for key in ("nbprism", "steps", step):
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            raise PlanRejected(
                f"The notebook's metadata has no object at '{key}', so no setting can be put "
                "there: repair it first."
            )
        place = inner
    return place
