"""The user's whole notebook, as a run left it.

Pure apart from reading the executed units of one run folder. Used on success and on failure alike:
a cell whose step did not run simply has no outputs.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.plan import Plan, Unit
from nbprism.runner import layout
from nbprism.runner.flow.children import child_name

SHOWN_ITEMS: Final = 100
"""Of how many items of a list the outputs are put together; each has an executed unit as well."""
INJECTED_ID: Final = "nbprism-injected-parameters"

Cell = dict[str, Any]


def assemble(run_folder: Path, notebook: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return the notebook with the outputs of the steps' cells, each in its own place."""
    ran = _executed_cells(run_folder, plan)
    whole = copy.deepcopy(dict(notebook))
    whole["cells"] = [_with_outputs(cell, ran) for cell in whole["cells"]]
    _inject_parameters(whole["cells"], plan.parameters)
    return whole


def _with_outputs(cell: Cell, ran: Mapping[str, Cell]) -> Cell:
    if cell["cell_type"] != "code":
        return cell
    executed = ran.get(cell.get("id", ""), {})
    return {
        **cell,
        "outputs": executed.get("outputs", []),
        "execution_count": executed.get("execution_count"),
    }


def _executed_cells(run_folder: Path, plan: Plan) -> dict[str, Cell]:
    """Return the executed cells by the id they have in the user's notebook."""
    found: dict[str, Cell] = {}
    # An attempt whose process was killed left none, and later ones may still have.
    attempts = layout.last_attempts(run_folder)
    for unit in plan.units:
        own = set(unit.cells)
        if unit.items is not None:
            found |= _cells_of_items(run_folder, unit, attempts)
            continue
        for cell in _cells(run_folder, unit.step, attempts.get(unit.step)):
            origin = (cell["metadata"].get("nbprism") or {}).get("from")
            if cell["id"] in own:
                found[cell["id"]] = cell
            elif origin is not None and cell.get("execution_count") is not None:
                # Setup is replayed in every unit; the first one that ran it speaks for all.
                found.setdefault(origin, cell)
    return found


def _cells_of_items(run_folder: Path, unit: Unit, attempts: Mapping[str, int]) -> dict[str, Cell]:
    """Return a step's cells with what the units of its items showed there, one after the other."""
    found: dict[str, Cell] = {}
    for index in range(SHOWN_ITEMS):
        name = child_name(unit.step, index)
        for cell in _cells(run_folder, name, attempts.get(name)):
            if cell["id"] in unit.cells and cell.get("outputs"):
                whole = found.setdefault(cell["id"], {**cell, "outputs": []})
                whole["outputs"] += [_heading(name), *cell["outputs"]]
    return found


def _heading(name: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": f"{name}:\n"}


def _cells(run_folder: Path, step: str, attempt: int | None) -> list[Cell]:
    if attempt is None:
        return []
    place = layout.executed_unit(run_folder, step, attempt)
    cells: list[Cell] = json.loads(place.read_text(encoding="utf-8"))["cells"]
    return cells


def _inject_parameters(cells: list[Cell], parameters: Mapping[str, Any]) -> None:
    """Show the values of this run, where they differ from the notebook's, as papermill does."""
    for index, cell in enumerate(cells):
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            defaults = dict(_assigned("".join(cell["source"])))
            changed = {k: v for k, v in parameters.items() if k not in defaults or defaults[k] != v}
            if changed:
                cells.insert(index + 1, _parameters_cell(changed))
            return


def _parameters_cell(values: Mapping[str, Any]) -> Cell:
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    return {
        "cell_type": "code",
        "id": INJECTED_ID,
        "metadata": {"tags": ["injected-parameters"]},
        "execution_count": None,
        "outputs": [],
        "source": "\n".join(["# Parameters of this run", *lines]),
    }


def _assigned(source: str) -> Iterator[tuple[str, Any]]:
    """Yield the names a parameters cell gives a literal to, the last one counting."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # magics: the compiler knows how to read them, here nothing depends on it
        return
    for statement in body:
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                try:
                    yield target.id, ast.literal_eval(value)
                except ValueError:
                    continue
