from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from written import code, codes, compiled, notebook

from nbprism.compiler.tagging.step_names import allowed_name, name_problem
from nbprism.compiler.tagging.tags import read_tags

MEANINGS: list[tuple[list[str], str | None, str | None]] = [
    ([], None, None),
    (["step:load"], "load", None),
    (["step:Load_2-b"], "Load_2-b", None),
    (["imports"], None, "imports"),
    (["functions"], None, "functions"),
    (["parameters"], None, "parameters"),
    (["injected-parameters"], None, "parameters"),
    (["skip"], None, "skip"),
    (["metrics"], None, "metrics"),
    (["step:report", "metrics"], "report", "metrics"),
    (["metrics", "step:report"], "report", "metrics"),
    (["step:load", "step:load"], "load", None),
    (["imports", "functions"], None, "imports"),
    (["skip", "step:load"], None, "skip"),
    (["hide-input", "raises-exception", "remove-cell", "pipeline", "important"], None, None),
    (["solution:1", "stage:x", "author:me", "nbgrader", "slide", "a,b"], None, None),
]


@pytest.mark.parametrize(("tags", "step", "role"), MEANINGS, ids=[str(row[0]) for row in MEANINGS])
def test_tags_say_what_a_cell_is(tags: list[str], step: str | None, role: str | None) -> None:
    read = read_tags(notebook(code("x = 1", *tags)).cells[0])
    assert (read.step, read.role) == (step, role)
    assert read.findings == ()


WRONG: list[tuple[list[str], str, str, str]] = [
    (["step:a", "step:b"], "two-steps-on-cell", "`a` and `b`", "split the cell"),
    (["step:a", "imports"], "tags-conflict", "`imports` and `step:a`", "Keep one"),
    (["parameters", "functions"], "tags-conflict", "`parameters` and `functions`", "Keep one"),
    (["metrics", "imports"], "tags-conflict", "cell 1", "Keep one"),
    (["step:"], "step-name-invalid", "names no step", "step:step_1"),
    (["step: load"], "step-name-invalid", "` load`", "`step:load`"),
    (["step:my step"], "step-name-invalid", "`my step`", "`step:my_step`"),
    (["step:1st"], "step-name-invalid", "`1st`", "`step:step_1st`"),
    (["step:../x"], "step-name-invalid", "`../x`", "`step:x`"),
    (["step:a/b"], "step-name-invalid", "`a/b`", "`step:a_b`"),
    (["step:" + "x" * 300], "step-name-invalid", "too long (300", "at most 63"),
    (["step:\N{GRINNING FACE}"], "step-name-invalid", "is not a step name", "letter"),
    (["step:a\u202eb"], "step-name-invalid", r"`a\u202eb`", "`step:a_b`"),
    (["step:con"], "step-name-reserved", "`con` is reserved", "`step:con_step`"),
    (["step:Setup"], "step-name-reserved", "`Setup` is reserved", "`step:Setup_step`"),
    (["step:metrics"], "step-name-reserved", "`metrics` is reserved", "metrics_step"),
    (["step:nbprism-x"], "step-name-reserved", "reserved", "`step:"),
    (["Step:load"], "tag-misspelt", "`Step:load`", "Did you mean `step:load`?"),
    (["steps:load"], "tag-misspelt", "`steps:load`", "Did you mean `step:load`?"),
    (["stp: load"], "tag-misspelt", "`stp: load`", "Did you mean `step:load`?"),
    (["step"], "tag-misspelt", "`step`", "Did you mean `step:NAME`?"),
    (["import"], "tag-misspelt", "`import`", "Did you mean `imports`?"),
    (["Skip"], "tag-misspelt", "`Skip`", "Did you mean `skip`?"),
    (["parametrs"], "tag-misspelt", "`parametrs`", "Did you mean `parameters`?"),
    (["function"], "tag-misspelt", "`function`", "Did you mean `functions`?"),
    (["metric"], "tag-misspelt", "`metric`", "Did you mean `metrics`?"),
]


@pytest.mark.parametrize(
    ("tags", "found", "says", "hint"), WRONG, ids=[str(row[0])[:40] for row in WRONG]
)
def test_a_wrong_tag_is_found_on_its_cell(
    tags: list[str], found: str, says: str, hint: str
) -> None:
    findings = read_tags(notebook(code("x = 1", *tags)).cells[0]).findings
    assert [finding.code for finding in findings] == [found]
    assert says.casefold() in findings[0].message.casefold()
    assert hint in findings[0].hint
    assert findings[0].cell == "c0"


@pytest.mark.parametrize("tags", ["step:a", {"step": "a"}, ["step:a", 7], 3])
def test_tags_that_are_no_list_of_texts_are_an_error(tags: Any) -> None:
    pipeline = compiled(code("x = 1", tags=tags))
    assert codes(pipeline, "error") == ["tags-malformed"]


def test_tags_of_text_cells_mean_nothing() -> None:
    cell = {"cell_type": "markdown", "metadata": {"tags": ["step:a", "step:b"]}, "source": "x"}
    pipeline = compiled(cell, code("x = 1", "step:c"))
    assert pipeline.diagnostics == ()
    assert [step.name for step in pipeline.steps] == ["c"]


def test_names_that_differ_in_case_only_are_an_error() -> None:
    pipeline = compiled(code("x = 1", "step:load"), code("y = 2", "step:Load"))
    assert codes(pipeline, "error") == ["step-case-twins"]


@example("NBPRISM")
@given(st.text(max_size=80))
def test_the_name_that_is_proposed_is_allowed(name: str) -> None:
    assert name_problem(allowed_name(name)) is None
    assert name_problem(name) is not None or allowed_name(name)


@given(st.lists(st.text() | st.text().map("step:{}".format)))
def test_any_tags_compile(tags: list[str]) -> None:
    compiled(code("x = 1", *tags))
