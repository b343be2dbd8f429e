"""The whole notebook of a run, put together from what its units left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from unit_notebooks import code_cell, notebook

from nbprism.compiler.plan import Plan, Unit
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import layout
from nbprism.runner.executed import assemble


def ran(cell_id: str, text: str, count: int, **metadata: Any) -> dict[str, Any]:
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    return {**code_cell(cell_id, "", **metadata), "outputs": [stream], "execution_count": count}


def unit(step: str, *cells: str) -> Unit:
    return Unit(
        step=step, cells=cells, needs=(), inputs={}, outputs=(), metrics=(), parameters={},
        settings=StepSettings(), fingerprint="", notebook={},
    )  # fmt: skip


def plan(*units: Unit, **parameters: Any) -> Plan:
    return Plan(pipeline="p", parameters=parameters, units=units, notebook={})


def left_by(folder: Path, step: str, attempt: int, *cells: dict[str, Any]) -> None:
    place = layout.executed_unit(folder, step, attempt)
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(notebook(cells)))


USERS = notebook([
    {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# T"},
    code_cell("setup", "import x"),
    code_cell("params", "lr = 0.1\nn = 3", tags=["parameters"]),
    {**code_cell("a", "print('a')"), "outputs": [{"old": 1}], "execution_count": 99},
    code_cell("b", "print('b')"),
])  # fmt: skip


def texts(whole: dict[str, Any]) -> dict[str, str]:
    code = [cell for cell in whole["cells"] if cell["cell_type"] == "code"]
    return {cell["id"]: "".join(o["text"] for o in cell["outputs"]) for cell in code}


def test_each_output_is_in_the_cell_it_came_from(tmp_path: Path) -> None:
    left_by(tmp_path, "one", 1, ran("nbprism-header", "no", 1), ran("a", "from a", 2))
    left_by(tmp_path, "two", 1, ran("b", "from b", 2), ran("nbprism-save", "no", 3))
    whole = assemble(tmp_path, USERS, plan(unit("one", "a"), unit("two", "b"), lr=0.1, n=3))
    assert texts(whole) == {"setup": "", "params": "", "a": "from a", "b": "from b"}
    assert [cell["id"] for cell in whole["cells"]] == ["title", "setup", "params", "a", "b"]
    nbformat.validate(nbformat.from_dict(whole))


def test_setup_shows_what_the_first_unit_that_ran_it_said(tmp_path: Path) -> None:
    origin = {"from": "setup", "line": 1}
    not_run = {**code_cell("nbprism-setup-1", "", nbprism=origin)}
    left_by(tmp_path, "one", 1, not_run)
    left_by(tmp_path, "two", 1, ran("nbprism-setup-1", "second", 1, nbprism=origin))
    left_by(tmp_path, "three", 1, ran("nbprism-setup-1", "third", 1, nbprism=origin))
    whole = assemble(tmp_path, USERS, plan(unit("one"), unit("two"), unit("three")))
    assert texts(whole)["setup"] == "second"


def test_the_last_attempt_counts(tmp_path: Path) -> None:
    left_by(tmp_path, "one", 1, ran("a", "first", 1))
    left_by(tmp_path, "one", 2, ran("a", "second", 1))
    assert texts(assemble(tmp_path, USERS, plan(unit("one", "a"))))["a"] == "second"


@pytest.mark.parametrize("left", [[2], [1, 3], [9, 10]])
def test_attempts_that_left_nothing_do_not_hide_the_last_that_did(
    tmp_path: Path, left: list[int]
) -> None:
    left_by(tmp_path, "one.more", 99, ran("a", "another step's", 1))
    for attempt in left:
        left_by(tmp_path, "one", attempt, ran("a", f"attempt {attempt}", 1))
    whole = assemble(tmp_path, USERS, plan(unit("one", "a")))
    assert texts(whole)["a"] == f"attempt {left[-1]}"


def test_a_step_that_did_not_run_has_no_outputs_of_an_earlier_time(tmp_path: Path) -> None:
    whole = assemble(tmp_path, USERS, plan(unit("one", "a")))
    assert texts(whole)["a"] == ""
    assert whole["cells"][3]["execution_count"] is None
    assert USERS["cells"][3]["execution_count"] == 99


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({"lr": 0.1, "n": 3}, None),
        ({"lr": 0.5, "n": 3}, "lr = 0.5"),
        ({"lr": -1, "n": None}, "lr = -1\nn = None"),
    ],
)
def test_parameters_of_the_run_are_shown_where_they_differ(
    tmp_path: Path, parameters: dict[str, Any], shown: str | None
) -> None:
    cells = assemble(tmp_path, USERS, plan(**parameters))["cells"]
    injected = [c for c in cells if c["metadata"].get("tags") == ["injected-parameters"]]
    assert [c["source"].partition("\n")[2] for c in injected] == ([shown] if shown else [])
    if shown:
        assert cells.index(injected[0]) == 3
