"""A plan on disk: `plan.json`, `units/STEP.ipynb` and `notebook.ipynb`, byte for byte repeatable.

Writing is not atomic: callers give a temporary folder and rename it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.fingerprint import CodeParts
from nbprism.compiler.plan import SCHEMA, Plan, Unit
from nbprism.compiler.settings.loops import Items
from nbprism.compiler.settings.step import settings_from_json

PLAN_FILE = "plan.json"
NOTEBOOK_FILE = "notebook.ipynb"
UNITS_FOLDER = "units"
_AT_HAND: Final = 16
"""How many units' notebooks are kept once they are read: those that start just now."""


def write_plan(plan: Plan, folder: Path) -> None:
    """Write the plan's files into `folder`, which is made if it is not there."""
    units = folder / UNITS_FOLDER
    units.mkdir(parents=True, exist_ok=True)
    for unit in plan.units:
        (units / f"{unit.step}.ipynb").write_bytes(notebook_bytes(unit.notebook))
    (folder / NOTEBOOK_FILE).write_bytes(notebook_bytes(plan.notebook))
    # Not indented: only programs read it, and a thousand steps take a tenth of the time so.
    form = json.dumps(plan.to_json(), ensure_ascii=False, allow_nan=False)
    (folder / PLAN_FILE).write_bytes(f"{form}\n".encode())


def read_plan(folder: Path) -> Plan:
    """Return the plan that `write_plan` wrote there; its units' notebooks are read when needed.

    Raises:
        PlanRejected: there is none, or it is damaged or of a newer version.
    """
    try:
        form = json.loads((folder / PLAN_FILE).read_bytes())
        if form["schema"] != SCHEMA:
            raise PlanRejected(
                f"The plan in {folder} has version {form['schema']}; this nbprism reads {SCHEMA}."
            )
        units = tuple(_unit(unit, folder) for unit in form["units"])
        notebook = _notebook(folder / NOTEBOOK_FILE)
        return Plan(form["pipeline"], form["parameters"], units, notebook, form.get("given", {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlanRejected(f"There is no usable plan in {folder}: {error!r}.") from error


def notebook_bytes(notebook: Mapping[str, Any]) -> bytes:
    """Return a notebook as Jupyter writes it: one space of indent, a line of source per line."""
    cells = [_with_lines(cell) for cell in notebook["cells"]]
    form = dict(notebook) | {"cells": cells}
    text = json.dumps(form, indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()


def _with_lines(cell: Mapping[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    lines = source.splitlines(keepends=True) if isinstance(source, str) else source
    return dict(cell) | {"source": lines}


def _unit(form: Mapping[str, Any], folder: Path) -> Unit:
    step = form["step"]
    return Unit(
        step=step,
        cells=tuple(form["cells"]),
        needs=tuple(form["needs"]),
        inputs=form["inputs"],
        outputs=tuple(form["outputs"]),
        metrics=tuple(form["metrics"]),
        parameters=form["parameters"],
        settings=settings_from_json(form["settings"]),
        fingerprint=form["fingerprint"],
        notebook=UnitNotebook(folder / UNITS_FOLDER / f"{step}.ipynb"),
        items=Items.from_json(form["items"]) if form.get("items") else None,
        parts=CodeParts.from_json(form["parts"]) if "parts" in form else CodeParts(),
    )


class UnitNotebook(Mapping[str, Any]):
    """A unit's notebook, read when somebody looks into it: a step that is reused runs none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, key: str) -> Any:
        return _unit_notebook(self._path)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_unit_notebook(self._path))

    def __len__(self) -> int:
        return len(_unit_notebook(self._path))


@lru_cache(_AT_HAND)
def _unit_notebook(path: Path) -> dict[str, Any]:
    try:
        return _notebook(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlanRejected(f"The unit {path} cannot be used: {error!r}.") from error


def _notebook(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_bytes())
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook
