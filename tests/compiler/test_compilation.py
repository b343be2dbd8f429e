from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from written import code, raw_notebook, settings, text

from nbprism.compiler import (
    Notebook,
    NotebookUnreadable,
    compile_notebook,
    make_plan,
    read_notebook,
)

ROOT = Path(__file__).parents[2]
EXAMPLES = [path.read_text() for path in sorted((ROOT / "examples").glob("*.ipynb"))]
LINES = sorted(
    {
        line
        for example in EXAMPLES
        for cell in json.loads(example)["cells"]
        for line in "".join(cell["source"]).splitlines()
    }
)
TAGS = st.sampled_from(
    ["step:a", "step:b", "step:c", "imports", "functions", "parameters", "metrics", "skip", "x"]
)
SOURCES = st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=6).map("\n".join)
CELLS = st.builds(
    lambda source, tags: code(source, *tags), SOURCES, st.lists(TAGS, max_size=2)
) | SOURCES.map(text)
AFTER = st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from("abcd"), max_size=2))


def check(read: Notebook) -> None:
    """Compile, and plan where there are no errors; nothing but findings may come of it."""
    pipeline = compile_notebook(read)
    json.dumps(pipeline.to_json())
    assert compile_notebook(read) == pipeline
    ids = {cell.id for cell in read.cells}
    assert {cell for step in pipeline.steps for cell in step.cells} <= ids
    assert {finding.cell for finding in pipeline.diagnostics} <= ids | {None}
    if not pipeline.errors:
        plan = make_plan(read, pipeline, {})
        assert {unit.step for unit in plan.units} == {step.name for step in pipeline.steps}


@given(st.lists(CELLS, max_size=8), AFTER)
def test_any_cells_compile(cells: list[dict[str, Any]], after: dict[str, list[str]]) -> None:
    asked = settings(**{step: {"after": names} for step, names in after.items()})
    check(read_notebook(raw_notebook(*cells, **asked)))


@given(st.sampled_from(EXAMPLES), st.integers(0, 20_000), st.integers(0, 30), st.text(max_size=5))
def test_a_damaged_example_compiles_or_is_refused(
    example: str, place: int, removed: int, added: str
) -> None:
    try:
        read = read_notebook((example[:place] + added + example[place + removed :]).encode())
    except NotebookUnreadable:
        return
    check(read)


def test_every_cell_has_a_role_in_the_json_form() -> None:
    raw = json.loads(EXAMPLES[0])
    form = compile_notebook(read_notebook(raw)).to_json()
    assert [cell["id"] for cell in form["cells"]] == [cell["id"] for cell in raw["cells"]]
    assert all(cell["role"] for cell in form["cells"])


def test_the_same_text_in_two_cells_stays_on_its_own_lines() -> None:
    read = read_notebook(raw_notebook(code("a = b"), code("\n%%time\na = b"), code("%time a = b")))
    first = compile_notebook(read)
    assert compile_notebook(read) == first
    assert [(d.cell, d.line) for d in first.diagnostics] == [("c0", 1), ("c1", 3), ("c2", 1)]
