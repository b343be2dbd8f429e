from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from written import as_bytes, code, compiled, notebook, raw_notebook, settings

from nbprism.compiler import (
    Parameter,
    Plan,
    PlanRejected,
    compile_notebook,
    make_plan,
    read_notebook,
    read_plan,
    write_plan,
)
from nbprism.compiler.parameter_values import settle_parameters

CELLS = (
    code(
        "lr = 0.1\nrounds = 3\nname = 'x'\nfast = True\nbins = [1, 2]\nlimit = None", "parameters"
    ),
    code("data = [1, 2, 3]", "step:load"),
    code("model = sum(data) * lr", "step:train"),
    code("print(model, rounds)", "step:report"),
)
DECLARED = (
    Parameter("lr", "float", 0.1),
    Parameter("rounds", "int", 3),
    Parameter("name", "str", "x"),
    Parameter("fast", "bool", True),
    Parameter("bins", "list", [1, 2]),
    Parameter("extra", "dict", {}),
    Parameter("limit", "None", None),
)


def planned(*cells: Mapping[str, Any], **parameters: Any) -> Plan:
    read = notebook(*cells)
    return make_plan(read, compile_notebook(read), parameters)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_a_plan_has_a_unit_per_step_and_what_each_needs() -> None:
    plan = planned(*CELLS)
    assert [(unit.step, unit.needs) for unit in plan.units] == [
        ("load", ()),
        ("train", ("load",)),
        ("report", ("train",)),
    ]
    assert plan.unit("train").inputs == {"data": "load"}
    assert plan.parameters["lr"] == 0.1


def test_a_unit_gets_only_the_parameters_it_reads() -> None:
    plan = planned(*CELLS, lr=0.5, rounds=7)
    assert [unit.parameters for unit in plan.units] == [{}, {"lr": 0.5}, {"rounds": 7}]


def test_units_come_in_an_order_that_can_be_run() -> None:
    read = notebook(
        code("1", "step:a"), code("2", "step:b"), code("3", "step:c"), **settings(a={"after": "c"})
    )
    plan = make_plan(read, compile_notebook(read), {})
    assert [unit.step for unit in plan.units] == ["b", "c", "a"]


ACCEPTED: list[tuple[str, Any, Any]] = [
    ("lr", 0.5, 0.5),
    ("lr", 1, 1.0),
    ("rounds", -3, -3),
    ("name", "", ""),
    ("fast", False, False),
    ("bins", [], []),
    ("extra", {"a": {"b": [None, 1.5]}}, {"a": {"b": [None, 1.5]}}),
    ("limit", 7, 7),
    ("limit", None, None),
]


@pytest.mark.parametrize(("name", "value", "settled"), ACCEPTED)
def test_a_value_of_the_right_type_is_taken(name: str, value: Any, settled: Any) -> None:
    values = settle_parameters(DECLARED, {name: value})
    assert values[name] == settled
    assert type(values[name]) is type(settled)
    assert list(values) == [parameter.name for parameter in DECLARED]


REJECTED: list[tuple[str, Any, str]] = [
    ("rounds", 2.0, "is an int, like its default 3; 2.0 is a float"),
    ("rounds", True, "True is a bool"),
    ("rounds", "3", "'3' is a str"),
    ("rounds", None, "None is None"),
    ("lr", True, "True is a bool"),
    ("lr", "0.1", "is a float"),
    ("lr", 10**400, "too large"),
    ("lr", float("nan"), "no number"),
    ("lr", float("inf"), "no number"),
    ("fast", 1, "is a bool"),
    ("name", 1, "is a str"),
    ("bins", (1, 2), "holds a tuple"),
    ("bins", [1, (2,)], "holds a tuple"),
    ("bins", {"a": 1}, "is a list"),
    ("extra", {1: 2}, "keys must be text"),
    ("limit", object(), "holds an object"),
    ("limit", {1, 2}, "holds a set"),
    ("learning", 1, "There is no parameter 'learning'"),
    ("round", 1, "Did you mean `rounds`?"),
    ("x; import os #", 1, "There is no parameter 'x; import os #'"),
]


@pytest.mark.parametrize(("name", "value", "says"), REJECTED)
def test_a_value_that_does_not_fit_is_refused(name: str, value: Any, says: str) -> None:
    with pytest.raises(PlanRejected) as caught:
        settle_parameters(DECLARED, {name: value})
    assert says in str(caught.value)
    assert f"'{name}'" in str(caught.value)


def test_parameters_of_a_notebook_without_any_are_refused() -> None:
    with pytest.raises(PlanRejected, match="no cell of the notebook is tagged 'parameters'"):
        settle_parameters((), {"lr": 1})


def test_a_value_nested_beyond_reason_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(PlanRejected, match="nested too deeply"):
        settle_parameters(DECLARED, {"bins": deep})


def test_a_pipeline_with_errors_gives_no_plan() -> None:
    with pytest.raises(PlanRejected, match=r"names no step .* There is one more error\."):
        planned(code("x = 1", "step:"), code("y = 1", "step:a", "step:b"))


def test_a_plan_survives_its_folder(tmp_path: Path) -> None:
    plan = planned(*CELLS, lr=0.5)
    write_plan(plan, tmp_path / "plan")
    assert sorted(files(tmp_path / "plan")) == [
        "notebook.ipynb",
        "plan.json",
        "units/load.ipynb",
        "units/report.ipynb",
        "units/train.ipynb",
    ]
    assert read_plan(tmp_path / "plan") == plan


def test_what_is_written_are_notebooks(tmp_path: Path) -> None:
    write_plan(planned(*CELLS), tmp_path)
    for path in tmp_path.rglob("*.ipynb"):
        nbformat.validate(json.loads(path.read_bytes()))
        assert read_notebook(path).cells


def test_the_same_notebook_gives_the_same_bytes(tmp_path: Path) -> None:
    data = as_bytes(raw_notebook(*CELLS, **settings(train={"gpus": 1, "after": ["load"]})))
    for folder in ("one", "two"):
        read = read_notebook(data, name="sample")
        write_plan(make_plan(read, compile_notebook(read), {"lr": 2}), tmp_path / folder)
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize(
    ("damage", "says"),
    [("", "no usable plan"), ("[]", "no usable plan"), ("{}", "no usable"), ('{"schema": 9}', "9")],
)
def test_a_damaged_plan_is_refused(tmp_path: Path, damage: str, says: str) -> None:
    write_plan(planned(*CELLS), tmp_path)
    (tmp_path / "plan.json").write_text(damage)
    with pytest.raises(PlanRejected, match=says):
        read_plan(tmp_path)


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanRejected, match="no usable plan"):
        read_plan(tmp_path)


def test_a_plan_does_not_change_with_the_notebook() -> None:
    raw = raw_notebook(*CELLS)
    read = read_notebook(raw)
    plan = make_plan(read, compile_notebook(read), {})
    before = json.dumps(plan.to_json())
    raw["cells"][1]["source"] = "data = []"
    assert json.dumps(plan.to_json()) == before


FINGERPRINTS: list[tuple[str, Mapping[str, Any], Mapping[str, Any], bool]] = [
    ("a comment", code("y = x # why", "step:b"), {}, True),
    ("formatting", code("y=(x)", "step:b"), {}, True),
    ("memory and retries", code("y = x", "step:b"), {"memory": "4GB", "retries": 2}, True),
    (
        "a place in the queue",
        code("y = x", "step:b"),
        {"cpus": 2, "timeout_s": 9, "retries": 1},
        True,
    ),
    ("whether it may be reused", code("y = x", "step:b"), {"cache": False}, True),
    ("a version", code("y = x", "step:b"), {"cache": "2"}, False),
    ("a value that is no longer shown", code("y = x;", "step:b"), {}, False),
    ("another tag", code("y = x", "step:b", "hide-input"), {}, True),
    ("code", code("y = x + 1", "step:b"), {}, False),
    ("a GPU", code("y = x", "step:b"), {"gpus": 1}, False),
    ("a package", code("y = x", "step:b"), {"env": {"pip": ["torch"]}}, False),
    ("a variable", code("y = x", "step:b"), {"env": {"env_vars": {"A": "b"}}}, False),
]


@pytest.mark.parametrize(
    ("cell", "asked", "same"), [row[1:] for row in FINGERPRINTS], ids=[r[0] for r in FINGERPRINTS]
)
def test_a_fingerprint_changes_with_what_can_change_the_result(
    cell: Mapping[str, Any], asked: Mapping[str, Any], same: bool
) -> None:
    plain = compiled(code("x = 1", "step:a"), code("y = x", "step:b"))
    edited = compiled(code("x = 1", "step:a"), cell, **settings(b=asked))
    assert (plain.step("b").fingerprint == edited.step("b").fingerprint) is same
    assert plain.step("a").fingerprint == edited.step("a").fingerprint


def test_a_cell_with_another_id_computes_the_same() -> None:
    one = compiled(code("x = 1", "step:a", cell_id="before"))
    two = compiled(code("x = 1", "step:a", cell_id="after"))
    assert one.step("a").fingerprint == two.step("a").fingerprint


def test_a_plan_names_what_each_fingerprint_is_made_of(tmp_path: Path) -> None:
    plan = planned(
        code("import pandas as pd\nimport os", "imports"),
        code("def f(x):\n    from sklearn.svm import SVC\n    return pd.Series(x)", "functions"),
        code("y = f(1)", "step:a"),
    )
    write_plan(plan, tmp_path)
    (unit,) = read_plan(tmp_path).units
    assert unit.parts == plan.units[0].parts
    assert unit.parts.packages == ("pandas", "sklearn")
    assert [cell for cell, _ in unit.parts.cells] == ["c2"]
    assert [cell for cell, _ in unit.parts.setup] == ["c0", "c1"]


def test_a_definition_counts_for_the_steps_that_use_it() -> None:
    def pipeline(body: str) -> Any:
        return compiled(
            code(f"def f():\n    return {body}", "functions"),
            code("x = f()", "step:uses"),
            code("y = 1", "step:other"),
        )

    one, two = pipeline("1"), pipeline("2")
    assert one.step("uses").fingerprint != two.step("uses").fingerprint
    assert one.step("other").fingerprint == two.step("other").fingerprint


def test_a_unit_counts_the_parameters_it_reads() -> None:
    before, after = planned(*CELLS), planned(*CELLS, lr=0.9)
    changed = [
        one.step
        for one, two in zip(before.units, after.units, strict=True)
        if one.fingerprint != two.fingerprint
    ]
    assert changed == ["train"]


def test_the_json_of_a_pipeline_is_json() -> None:
    form = compiled(*CELLS).to_json()
    assert json.loads(json.dumps(form)) == form
    assert form["schema"] == 1
    assert form["edges"][0]["from"] == "load"
