from __future__ import annotations

from typing import Any

from written import code, codes, compiled, notebook, settings

from nbprism.compiler import Plan, compile_notebook, make_plan

CELLS = (
    code("minimum = 0.9", "parameters"),
    code("import math\n\ndef good(value):\n    return value > minimum", "functions"),
    code("accuracy = math.sqrt(0.5)", "step:train"),
    code("print('registered')", "step:register"),
    code("print('done')", "step:tell"),
)


def gated(condition: str) -> dict[str, Any]:
    return settings(register={"when": condition}, tell={"after": "register"})


def plan_of(condition: str) -> Plan:
    written = notebook(*CELLS, **gated(condition))
    return make_plan(written, compile_notebook(written), {})


def test_names_in_a_condition_are_inputs_and_parameters_of_the_step() -> None:
    pipeline = compiled(*CELLS, **gated("accuracy > minimum"))
    step = pipeline.step("register")
    assert not pipeline.diagnostics
    assert [item.to_json() for item in step.inputs] == [{"name": "accuracy", "from": "train"}]
    assert step.parameters == ("minimum",)
    assert pipeline.edges[0].reason == (
        "`register` needs `accuracy` from `train` for its condition"
    )


def test_a_condition_may_use_definitions_which_are_replayed_for_it() -> None:
    unit = plan_of("good(accuracy)").unit("register")
    assert unit.parameters == {"minimum": 0.9}
    sources = [cell["source"] for cell in unit.notebook["cells"]]
    assert any("def good" in source for source in sources)


def test_the_condition_is_evaluated_after_loading_and_before_the_first_cell() -> None:
    ids = [cell["id"] for cell in plan_of("accuracy > minimum").unit("register").notebook["cells"]]
    assert ids.index("nbprism-load") < ids.index("nbprism-when") < ids.index("c3")


def test_a_misspelt_name_in_a_condition_is_found_at_the_step() -> None:
    found = compiled(*CELLS, **gated("acuracy > minimum")).diagnostics
    assert [(d.code, d.severity, d.step, d.cell, d.line) for d in found] == [
        ("undefined-name", "error", "register", "c3", None)
    ]
    assert "The condition (`when`) of step `register` reads `acuracy`" in found[0].message
    assert found[0].hint == "Did you mean `accuracy`?"


def test_a_condition_sees_what_was_there_above_the_step() -> None:
    cells = (code("x = 1", "step:a"), code("x = 2", "step:b"), code("x = 3", "step:c"))
    pipeline = compiled(*cells, **settings(b={"when": "x == 1"}))
    assert [item.source for item in pipeline.step("b").inputs] == ["a"]


def test_the_condition_counts_for_the_fingerprint_and_its_formatting_does_not() -> None:
    first, spaced, other = (
        plan_of(condition).unit("register").fingerprint
        for condition in ("accuracy > minimum", "accuracy>minimum", "accuracy > 0.5")
    )
    assert first == spaced != other


def test_a_condition_of_a_step_that_is_not_there_is_only_a_setting_without_step() -> None:
    found = codes(compiled(*CELLS, **settings(gone={"when": "x"})))
    assert "settings-without-step" in found
    assert "undefined-name" not in found
