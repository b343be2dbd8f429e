from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import nbformat
import pytest
from written import PYTHON, code, notebook, raw_notebook, text

from nbprism.compiler import Plan, compile_notebook, make_plan, read_notebook
from nbprism.compiler.fingerprint import CodeParts
from nbprism.compiler.flow import Fragment, Input
from nbprism.compiler.pipeline import Step
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.units import unit_notebook

CELLS = (
    code("import math\nimport statistics", "imports"),
    code("lr = 0.1\nnames = ['a']", "parameters"),
    code("def twice(x):\n    return 2 * x", "functions"),
    text("# Load"),
    code("data = [1, 2, 3]", "step:load"),
    code("len(data)"),
    code("mean = statistics.mean(data) * lr", "step:train"),
    code("score = twice(mean)\nprint(score)", "step:train", "metrics", "hide-input"),
    code("print(data, mean)", "step:report"),
)


def planned(*cells: Mapping[str, Any], **parameters: Any) -> Plan:
    read = notebook(*cells)
    return make_plan(read, compile_notebook(read), parameters)


def unit_cells(plan: Plan, step: str) -> dict[str, str]:
    return {cell["id"]: cell["source"] for cell in plan.unit(step).notebook["cells"]}


def test_the_cells_of_a_unit_come_in_the_order_papermill_needs() -> None:
    assert list(unit_cells(planned(*CELLS), "train")) == [
        "nbprism-header",
        "nbprism-parameters",
        "nbprism-setup-1",
        "nbprism-setup-2",
        "nbprism-load",
        "c6",
        "c7",
        "nbprism-save",
    ]


def test_a_unit_says_what_it_is_and_what_it_loads_and_saves() -> None:
    cells = unit_cells(planned(*CELLS), "train")
    assert "Step 'train' of sample" in cells["nbprism-header"]
    assert "__nbprism__.begin('train')" in cells["nbprism-header"]
    assert cells["nbprism-parameters"] == "lr = 0.1"
    assert cells["nbprism-load"] == "__nbprism__.load(globals(), {'data': 'load'})"
    assert cells["nbprism-save"] == (
        "import nbprism.runner.unit.step as __nbprism__\n"
        "__nbprism__.save(globals(), ['mean'], metrics=['score'], left=['score'], cells=2)"
    )


def test_what_a_unit_does_not_need_is_not_there() -> None:
    cells = unit_cells(planned(*CELLS), "load")
    assert list(cells) == ["nbprism-header", "c4", "c5", "nbprism-save"]


def test_a_step_keeps_its_cells_their_ids_and_their_tags() -> None:
    own = planned(*CELLS).unit("train").notebook["cells"][-2]
    assert own["source"] == "score = twice(mean)\nprint(score)"
    assert own["metadata"] == {"tags": ["step:train", "metrics", "hide-input"]}
    assert own["outputs"] == []
    assert own["execution_count"] is None


def test_outputs_and_volatile_metadata_stay_behind() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "x"}
    cell = code("print('x')", "step:a", papermill={"duration": 3}) | {"outputs": [output]}
    (unit,) = planned(cell).units
    assert unit.notebook["cells"][1]["outputs"] == []
    assert unit.notebook["cells"][1]["metadata"] == {"tags": ["step:a"]}


def test_units_are_valid_notebooks_of_python_code() -> None:
    for unit in planned(*CELLS).units:
        nbformat.validate(dict(unit.notebook))
        for cell in unit.notebook["cells"]:
            ast.parse(cell["source"])


def test_a_unit_names_the_users_kernel() -> None:
    kernel = {"name": "py312", "display_name": "Mine", "language": "python"}
    read = notebook(*CELLS, kernelspec=kernel, language_info={"name": "python"})
    unit = make_plan(read, compile_notebook(read), {}).units[0]
    assert unit.notebook["metadata"]["kernelspec"] == kernel
    assert unit.notebook["metadata"]["language_info"] == {"name": "python"}
    assert unit.notebook["metadata"]["nbprism_unit"]["step"] == "load"


def test_a_notebook_without_a_kernel_gets_one_papermill_accepts() -> None:
    read = read_notebook(raw_notebook(*CELLS) | {"metadata": {}})
    unit = make_plan(read, compile_notebook(read), {}).units[0]
    assert unit.notebook["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize(
    "value", ["it's", 'a "b"\n', "{x}", "\N{GRINNING FACE}", "\\", "import os"]
)
def test_a_text_parameter_arrives_as_it_is(value: str) -> None:
    plan = planned(code("word = 'x'", "parameters"), code("print(word)", "step:a"), word=value)
    namespace: dict[str, Any] = {}
    exec(unit_cells(plan, "a")["nbprism-parameters"], namespace)
    assert namespace["word"] == value


def test_the_name_of_a_notebook_never_becomes_code() -> None:
    read = read_notebook(raw_notebook(*CELLS), name="x\nimport os; os.abort() #")
    header = make_plan(read, compile_notebook(read), {}).units[0].notebook["cells"][0]["source"]
    tree = ast.parse(header)
    assert [type(node) for node in tree.body] == [ast.Import, ast.Expr]


def fragment(cell: str, line: int, source: str, *, after_load: bool = False) -> Fragment:
    return Fragment(cell, line, source, (), "definition", after_load)


def unit_of(*replay: Fragment, carried: tuple[Input, ...] = ()) -> list[dict[str, Any]]:
    asked = {"cells": (), "settings": StepSettings(), "fingerprint": "f", "parts": CodeParts()}
    step = Step(name="a", carried=carried, replay=replay, **asked)
    cells: list[dict[str, Any]] = unit_notebook(notebook(), step, {})["cells"]
    return cells


def test_replayed_lines_keep_their_distances() -> None:
    cell = unit_of(fragment("c1", 3, "import a"), fragment("c1", 7, "def f():\n    pass"))[1]
    assert cell["source"] == "import a\n\n\n\ndef f():\n    pass"
    assert cell["metadata"]["nbprism"] == {"from": "c1", "line": 3}


def test_statements_of_one_line_are_replayed_one_by_one() -> None:
    cell = unit_of(fragment("c1", 1, "import a"), fragment("c1", 1, "import b"))[1]
    assert cell["source"] == "import a\nimport b"


def test_definitions_that_need_values_come_after_the_load() -> None:
    cells = unit_of(
        fragment("c1", 1, "import a"),
        fragment("c1", 2, "def f(x=data): ...", after_load=True),
        fragment("c2", 1, "import b"),
        carried=(Input("data", "load"),),
    )
    assert [(cell["id"], cell["source"]) for cell in cells[1:-1]] == [
        ("nbprism-setup-1", "import a"),
        ("nbprism-setup-2", "import b"),
        ("nbprism-load", "__nbprism__.load(globals(), {'data': 'load'})"),
        ("nbprism-setup-3", "def f(x=data): ..."),
    ]


def test_the_ids_of_a_unit_are_unique() -> None:
    fragments = [fragment(f"c{n % 3}", n, "x", after_load=n > 4) for n in range(1, 9)]
    ids = [cell["id"] for cell in unit_of(*fragments)]
    assert len(set(ids)) == len(ids)


def test_the_kernel_metadata_is_that_of_the_test_notebooks() -> None:
    assert notebook().metadata == PYTHON


def test_a_unit_says_which_files_its_code_spells_out() -> None:
    cells = unit_cells(
        planned(
            code("import pandas as pd\nraw = pd.read_csv('raw.csv')", "step:clean"),
            code("raw.to_parquet('clean.parquet')", "step:clean"),
        ),
        "clean",
    )
    assert cells["nbprism-header"].endswith(
        "__nbprism__.begin('clean', {'clean.parquet': 'writes', 'raw.csv': 'reads'})"
    )
