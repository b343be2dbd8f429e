from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import code, notebook, raw_notebook, settings, text

from nbprism.compiler import compile_notebook, read_notebook
from nbprism.compiler.suggest import suggest, with_tags
from nbprism.compiler.tagging.cell_kinds import kind_of
from nbprism.compiler.tagging.headings import last_heading, step_name_of
from nbprism.compiler.tagging.step_names import name_problem

ROOT = Path(__file__).parents[2]
NO_PIPELINES = ("from_python", "one_cell")
"""Examples that run others: all their cells are tagged `skip`."""
PIPELINES = [
    path for path in sorted((ROOT / "examples").glob("*.ipynb")) if path.stem not in NO_PIPELINES
]

HEADINGS = [
    ("## Load the data", "load_data"),
    ("# 2.1 Feature Engineering & Selection", "feature_engineering_selection"),
    ("### Let's train our **model**!", "train_model"),
    ("## [Split](#split) into train and test", "split_train_test"),
    ("## `fit()`", "fit"),
    ("## Step 3: Evaluate", "evaluate"),
    ("## Setup", "setup_step"),
    ("## \N{ROCKET} Results ##", "results"),
    ("# One\ntext\n## Two", "two"),
    ("## 结果", None),
    ("plain text", None),
    ("```\n# a comment\n```", None),
    ("## The", "the"),
]


@pytest.mark.parametrize(("source", "name"), HEADINGS)
def test_a_heading_suggests_a_name(source: str, name: str | None) -> None:
    heading = last_heading(source)
    assert (step_name_of(heading.text) if heading else None) == name


KINDS = [
    ("", "empty"),
    ("# nothing\n", "empty"),
    ("!pip install x\n%pip install y", "install"),
    ("import a\nfrom b import c", "imports"),
    ("%matplotlib inline\nimport pandas as pd\npd.set_option('x', 2)", "imports"),
    ("def f():\n    return 1", "definitions"),
    ("lr = 0.1\nnames: list = ['a']\nnone = None\nlow = -1", "constants"),
    ("shape = (1, 2)", "other"),
    ("data = '" + "x" * 100 + "'", "other"),
    ("df = pd.read_csv('x.csv')", "load"),
    ("a, b = train_test_split(X, y)", "split"),
    ("model.fit(X, y)", "train"),
    ("print(model.score(X, y))", "evaluate"),
    ("df.plot()", "plot"),
    ("print(accuracy)\nprint('loss', loss)", "metrics"),
    ("x = 1 + y", "other"),
    ("for in", "other"),
]


@pytest.mark.parametrize(("source", "kind"), KINDS)
def test_what_a_cell_seems_to_be_for(source: str, kind: str) -> None:
    assert kind_of(source) == kind


SETUP = code("import random\nimport statistics")
CLASSES = code(
    "class Model:\n    def fit(self, rows):\n        self.mean = sum(rows)\n        return self"
)

TUTORIALS: list[tuple[str, list[Mapping[str, Any]], list[str | None]]] = [
    (
        "headings",
        [
            text("# How to"),
            SETUP,
            code("seed = 3"),
            text("## Load"),
            code("random.seed(seed)\nrows = [random.random() for _ in range(9)]"),
            code("rows[:2]"),
            text("## Look at it"),
            code("print(statistics.mean(rows))"),
        ],
        [None, "imports", "parameters", None, "step:load", "step:load", None, "step:look"],
    ),
    (
        "no headings",
        [
            SETUP,
            CLASSES,
            code("rows = list(open('x.csv'))"),
            code("rows = [float(row) for row in rows]"),
            code("model = Model().fit(rows)"),
            code("guess = model.predict(rows)"),
        ],
        ["imports", "functions", "step:load", "step:load", "step:train", "step:evaluate"],
    ),
    (
        "models in one section",
        [
            CLASSES,
            text("## Data"),
            code("rows = [1, 2, 3] + list(range(100))"),
            text("## Models"),
            code("one = Model().fit(rows)"),
            code("one.mean"),
            code("two = Model().fit(rows[1:])"),
            code("best = max(one.mean, two.mean)"),
        ],
        [
            "functions",
            None,
            "step:data",
            None,
            "step:models_one",
            "step:models_one",
            "step:models_two",
            "step:models_best",
        ],
    ),
    (
        "what the models of a section have in common",
        [
            CLASSES,
            text("## Data"),
            code("rows = [1, 2, 3] + list(range(100))"),
            text("## Models"),
            code("train = [2 * row for row in rows]"),
            code("one = Model()"),
            code("one.fit(train)"),
            code("two = Model().fit(train)"),
        ],
        [
            "functions",
            None,
            "step:data",
            None,
            "step:models",
            "step:models_one",
            "step:models_one",
            "step:models_two",
        ],
    ),
    (
        "a value that cannot leave its process",
        [
            text("## Open"),
            code("lines = (line for line in ['a', 'b'])"),
            text("## Count"),
            code("print(len(list(lines)))"),
            text("## End"),
            code("print('done')"),
        ],
        [None, "step:open", None, "step:open", None, "step:end"],
    ),
    (
        "constants that are given other values later",
        [code("total = 0"), text("## A"), code("total = len('abc')"), text("## B"), code("total")],
        [None, None, "step:a", None, "step:b"],
    ),
    (
        "installing and metrics",
        [
            code("%pip install x"),
            text("# A"),
            code("score = sum(range(3))"),
            text("# B"),
            code("print(score)"),
        ],
        ["skip", None, "step:a", None, "step:b metrics"],
    ),
    (
        "two sections of one name",
        [text("## Plot"), code("print(sum([1]))"), text("## Plot"), code("print(sum([2]))")],
        [None, "step:plot", None, "step:plot_2"],
    ),
    ("one cell", [code("print(1)")], ["step:prepare"]),
    ("nothing", [text("x")], [None]),
]


@pytest.mark.parametrize(
    ("cells", "expected"), [row[1:] for row in TUTORIALS], ids=[row[0] for row in TUTORIALS]
)
def test_a_tutorial_gets_the_tags_a_reader_would_give_it(
    cells: list[Mapping[str, Any]], expected: list[str | None]
) -> None:
    read = notebook(*cells)
    proposal = suggest(read)
    tags = [" ".join(proposal.tags.get(cell.id, ())) or None for cell in read.cells]
    assert tags == expected
    if any(cell.kind == "code" for cell in read.cells):
        assert proposal.pipeline.errors == ()


def untagged(path: Path) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(path.read_bytes())
    raw["metadata"].pop("nbprism", None)
    for cell in raw["cells"]:
        cell["metadata"].pop("tags", None)
    return raw


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.stem)
def test_the_examples_compile_with_the_tags_that_are_suggested(path: Path) -> None:
    read = read_notebook(untagged(path))
    proposal = suggest(read)
    assert proposal.pipeline.errors == ()
    assert len(proposal.pipeline.steps) > 2
    again = compile_notebook(read_notebook(with_tags(read, proposal.tags), name=read.name))
    assert again == proposal.pipeline


def test_models_of_the_digits_stay_side_by_side() -> None:
    pipeline = suggest(read_notebook(untagged(ROOT / "examples" / "digits.ipynb"))).pipeline
    upstream = pipeline.upstream()
    models = [name for name in upstream if name.startswith("three_models")]
    assert len(models) == 3
    assert all(upstream[name] == ("split",) for name in models)


@pytest.mark.parametrize(
    "raw",
    [
        raw_notebook(code("x = 1", "step:a"), code("y = 2")),
        raw_notebook(code("x = 1", "block:a"), code("y = 2"), kubeflow_notebook={}),
    ],
)
def test_a_notebook_that_has_steps_gets_no_tags(raw: dict[str, Any]) -> None:
    assert suggest(read_notebook(raw)).tags == {}


def test_headings_that_are_too_many_make_coarser_steps() -> None:
    cells = [text("# Data"), code("x = list(range(3))"), text("# Changes")]
    for number in range(20):
        cells += [text(f"## Number {number}"), code(f"x.append({number})")]
    pipeline = suggest(notebook(*cells, text("# End"), code("print(x)"))).pipeline
    assert [step.name for step in pipeline.steps] == ["data", "changes", "end"]


def test_tags_that_are_there_are_kept() -> None:
    read = notebook(code("x = 1", "hide-input"), code("import os", "imports"), code("1", "skip"))
    proposal = suggest(read)
    tags = [cell["metadata"].get("tags") for cell in with_tags(read, proposal.tags)["cells"]]
    assert tags[1:] == [["imports"], ["skip"]]


def test_a_notebook_whose_cells_are_all_skipped_stays_as_it_is() -> None:
    for name in NO_PIPELINES:
        proposal = suggest(read_notebook(ROOT / "examples" / f"{name}.ipynb"))
        assert proposal.tags == {}
        assert [error.code for error in proposal.pipeline.errors] == ["nothing-to-run"]


def test_settings_are_kept() -> None:
    read = notebook(code("x = 1"), **settings(prepare={"cpus": 2}))
    assert with_tags(read, suggest(read).tags)["metadata"] == read.metadata


SOURCES = st.sampled_from(
    [
        "",
        "import math",
        "x = 1",
        "x = [1, 2]",
        "x.append(1)",
        "def f():\n    return x",
        "model.fit(x)",
        "model = list(x)\nmodel.sort()",
        "y = (i for i in [1])",
        "print(list(y))",
        "del x",
        "%%bash\nls",
        "from math import *",
    ]
)
CELLS = st.lists(SOURCES.map(code) | st.sampled_from(["# A", "## B", "text", "## C"]).map(text))


@given(CELLS)
def test_any_notebook_gets_a_proposal_with_names_that_are_allowed(
    cells: list[dict[str, Any]],
) -> None:
    proposal = suggest(notebook(*cells))
    names = {tag.removeprefix("step:") for tags in proposal.tags.values() for tag in tags[:1]}
    steps = {step.name for step in proposal.pipeline.steps}
    assert all(name_problem(name) is None for name in names & steps)
