"""Steps that run once for each item of a list: what the compiler makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from written import code, codes, compiled, notebook, settings

from nbprism.compiler import Plan, compile_notebook, make_plan
from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.plan_folder import read_plan, write_plan
from nbprism.compiler.settings.loops import Items, Loop

CELLS = (
    code("sizes = [1, 2]\ndepth = 3", "parameters"),
    code("constants = [1, 2]"),
    code("countries = ['at', 'ch']\nlog = []", "step:load"),
    code("score = len(country) * depth", "step:train"),
    code("print(score)", "step:join"),
)


def over(foreach: str, *cells: dict[str, Any], **more: Any) -> Plan:
    written = notebook(*(cells or CELLS), **settings(train={"foreach": foreach, **more}))
    return make_plan(written, compile_notebook(written), {})


def sources(plan: Plan, step: str) -> dict[str, str]:
    return {cell["id"]: cell["source"] for cell in plan.unit(step).notebook["cells"]}


def test_the_list_is_an_input_of_the_step_and_the_edge_says_what_for() -> None:
    pipeline = compiled(*CELLS, **settings(train={"foreach": "country in countries"}))
    assert not pipeline.diagnostics
    assert pipeline.step("train").settings.foreach == Loop("country", "countries")
    assert pipeline.edges[0].reason == (
        "`train` needs `countries` from `load` to run once for each item"
    )


def test_a_unit_loads_its_own_item_and_not_the_list() -> None:
    plan = over("country in countries")
    assert plan.unit("train").items == Items("country", "countries", "load")
    assert plan.unit("train").inputs == {}
    assert sources(plan, "train")["nbprism-item"] == (
        "__nbprism__.item(globals(), 'country', of=('load', 'countries'))"
    )
    assert "itemise(globals(), {'countries': 1000})" in sources(plan, "load")["nbprism-save"]


def test_a_step_that_uses_the_whole_list_as_well_gets_it() -> None:
    cells = (*CELLS[:3], code("score = countries.index(country)", "step:train"))
    plan = over("country in countries", *cells)
    assert plan.unit("train").inputs == {"countries": "load"}


def test_the_items_of_a_parameter_are_known_before_the_run() -> None:
    plan = over("country in sizes")
    assert plan.unit("train").items == Items("country", "sizes", None, (1, 2))
    assert plan.unit("train").parameters == {"depth": 3}
    assert "itemise" not in sources(plan, "load")["nbprism-save"]


def test_the_outputs_of_one_loop_can_be_the_items_of_another() -> None:
    written = notebook(
        *CELLS[:4], code("best = s + 1", "step:next"),
        **settings(train={"foreach": "country in countries"}, next={"foreach": "s in score"}),
    )  # fmt: skip
    plan = make_plan(written, compile_notebook(written), {})
    assert plan.unit("next").items == Items("s", "score", "train")
    assert "itemise" not in sources(plan, "train")["nbprism-save"]


INVALID = [
    ("country in constants", CELLS, "goes over `constants`, which no step above makes"),
    (
        "country in countries",
        (*CELLS[:3], code("log.append(country)", "step:train"), code("print(log)", "step:z")),
        "changes `log`, and each of its items would make another version of it",
    ),
]


@pytest.mark.parametrize(("foreach", "cells", "message"), INVALID)
def test_what_cannot_be_one_unit_an_item_is_refused(
    foreach: str, cells: tuple[dict[str, Any], ...], message: str
) -> None:
    pipeline = compiled(*cells, **settings(train={"foreach": foreach}))
    found = [d for d in pipeline.diagnostics if d.severity == "error"]
    assert [d.code for d in found] == ["foreach-invalid"]
    assert message in found[0].message


def test_a_loop_with_a_condition_is_refused() -> None:
    asked = settings(train={"foreach": "country in countries", "when": "depth > 2"})
    assert codes(compiled(*CELLS, **asked), "error") == ["foreach-invalid"]


def test_changing_an_item_changes_a_copy() -> None:
    cells = (
        code("rows = [[1], [2]]", "step:load"),
        code("row.append(3)\ntotal = sum(row)", "step:train"),
        code("print(rows, total)", "step:join"),
    )
    pipeline = compiled(*cells, **settings(train={"foreach": "row in rows"}))
    assert not pipeline.diagnostics
    found = {item.name: item.source for item in pipeline.step("join").inputs}
    assert found == {"rows": "load", "total": "train"}


def test_a_seeded_generator_goes_on_after_the_items() -> None:
    cells = (
        code("import random\nrandom.seed(1)"),
        code("xs = [1, 2]", "step:load"),
        code("y = random.random() + x", "step:train"),
        code("print(y, random.random())", "step:join"),
    )
    pipeline = compiled(*cells, **settings(train={"foreach": "x in xs"}))
    assert codes(pipeline, "error") == []


def test_a_misspelt_list_is_found_once_and_at_the_step() -> None:
    pipeline = compiled(*CELLS, **settings(train={"foreach": "country in countris"}))
    found = [(d.code, d.cell, d.hint) for d in pipeline.diagnostics if d.severity == "error"]
    assert found == [("undefined-name", "c3", "Did you mean `countries`?")]


@pytest.mark.parametrize("value", [5, "ab", {"a": 1}])
def test_a_parameter_that_is_no_list_is_refused_before_the_run(value: Any) -> None:
    cells = (code(f"xs = {value!r}", "parameters"), code("print(x)", "step:train"))
    with pytest.raises(PlanRejected, match="must be a list then"):
        over("x in xs", *cells)


def test_a_parameter_with_too_many_items_is_refused_with_their_number() -> None:
    with pytest.raises(PlanRejected, match="has 2 items; step 'train' takes at most 1"):
        over("country in sizes", max_items=1)


def test_a_list_that_is_gone_over_is_saved_item_by_item_which_is_another_unit() -> None:
    plain = notebook(*CELLS[:3], code("print(countries)", "step:train"))
    before = make_plan(plain, compile_notebook(plain), {}).unit("load")
    assert over("country in countries").unit("load").fingerprint != before.fingerprint


def test_a_plan_with_a_loop_is_read_back_as_it_was_written(tmp_path: Any) -> None:
    for foreach in ("country in countries", "country in sizes"):
        plan = over(foreach)
        write_plan(plan, tmp_path / foreach)
        assert read_plan(tmp_path / foreach).units == plan.units


WRONG = [
    "a in b in c",
    "x in x",
    "for x in y",
    "x, y in z",
    "x in f(y)",
    "in x",
    "x in None",
    3,
    "",
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_a_loop_is_refused(text: Any) -> None:
    found = compiled(*CELLS, **settings(train={"foreach": text})).diagnostics
    assert any(d.code == "setting-invalid" and "`foreach`" in d.message for d in found)
