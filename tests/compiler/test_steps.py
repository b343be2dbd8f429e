from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from written import code, codes, compiled, roles, settings, text

from nbprism.compiler.fixes import SetAfter

IMPORT = code("import math")
DEFINE = code("def f():\n    return 1")
COMPUTE = code("data = [1, 2]")

ROLES: list[tuple[str, list[Mapping[str, Any]], list[tuple[str, str | None]]]] = [
    ("one tagged cell", [code("x = 1", "step:a")], [("step", "a")]),
    (
        "an untagged cell continues the step above",
        [code("x = 1", "step:a"), code("y = 2"), text("."), code("z = 3")],
        [("step", "a"), ("step", "a"), ("text", None), ("step", "a")],
    ),
    (
        "setup cells do not end the step above",
        [code("x = 1", "step:a"), code("import os", "imports"), code("y = 2")],
        [("step", "a"), ("imports", None), ("step", "a")],
    ),
    (
        "a skipped cell does not end the step above",
        [code("x = 1", "step:a"), code("x", "skip"), code("y = 2")],
        [("step", "a"), ("skip", None), ("step", "a")],
    ),
    (
        "cells of a step need not be adjacent",
        [code("x = 1", "step:a"), code("y = 2", "step:b"), code("z = 3", "step:a"), code("")],
        [("step", "a"), ("step", "b"), ("step", "a"), ("step", "a")],
    ),
    (
        "leading cells that import or define are setup",
        [IMPORT, DEFINE, code("x = 1", "step:a")],
        [("setup", None), ("setup", None), ("step", "a")],
    ),
    (
        "a leading cell sets up with what another one imports",
        [
            code("import os\nimport torch\nfrom pathlib import Path"),
            code("out = Path('out')\nkey = os.environ.get('KEY', '')"),
            code("device = 'cuda' if torch.cuda.is_available() else 'cpu'"),
            code("x = 1", "step:a"),
        ],
        [("setup", None), ("setup", None), ("setup", None), ("step", "a")],
    ),
    (
        "an instance of a plain data class is setup",
        [
            code("from dataclasses import dataclass\n@dataclass\nclass C:\n    lr: float = .1"),
            code("config = C(lr=.2)"),
            code("x = 1", "step:a"),
        ],
        [("setup", None), ("setup", None), ("step", "a")],
    ),
    (
        "an instance of a data class that does something when made is not",
        [
            code("from dataclasses import dataclass"),
            code(
                "@dataclass\nclass C:\n    n: int\n    def __post_init__(self):\n        print(1)"
            ),
            code("config = C(1)"),
            code("x = 1", "step:a"),
        ],
        [("setup", None), ("setup", None), ("step", "setup"), ("step", "a")],
    ),
    (
        "leading cells that compute are the step setup",
        [IMPORT, code("data = open('x').read()"), DEFINE, code("x = 1", "step:a")],
        [("setup", None), ("step", "setup"), ("setup", None), ("step", "a")],
    ),
    (
        "tagged setup does not begin a step",
        [code("import os", "imports"), code("lr = 1", "parameters"), IMPORT, code("1", "step:a")],
        [("imports", None), ("parameters", None), ("setup", None), ("step", "a")],
    ),
    (
        "a metrics cell of a step belongs to it",
        [code("x = 1", "step:a"), code("print(x)", "step:a", "metrics")],
        [("step", "a"), ("metrics", "a")],
    ),
    (
        "a metrics cell of no step is a step",
        [code("x = 1", "step:a"), code("print(x)", "metrics"), code("y = 1")],
        [("step", "a"), ("metrics", "metrics"), ("step", "metrics")],
    ),
    (
        "a notebook without steps is one step",
        [IMPORT, COMPUTE, code("print(data)", "metrics"), code("lr = 1", "parameters")],
        [("step", "notebook"), ("step", "notebook"), ("metrics", "notebook"), ("parameters", None)],
    ),
]


@pytest.mark.parametrize(
    ("cells", "expected"), [row[1:] for row in ROLES], ids=[row[0] for row in ROLES]
)
def test_every_cell_counts_as_something(
    cells: list[Mapping[str, Any]], expected: list[tuple[str, str | None]]
) -> None:
    assert roles(compiled(*cells)) == expected


def test_steps_keep_the_order_of_the_notebook() -> None:
    pipeline = compiled(code("1", "step:z"), code("2", "step:a"), code("3", "step:z"))
    assert [(step.name, step.cells) for step in pipeline.steps] == [
        ("z", ("c0", "c2")),
        ("a", ("c1",)),
    ]


@pytest.mark.parametrize(
    "cells", [[], [text("x")], [code("x", "skip")], [code("x = 1", "imports")]]
)
def test_a_notebook_with_nothing_to_run_says_so(cells: list[Mapping[str, Any]]) -> None:
    assert codes(compiled(*cells), "error") == ["nothing-to-run"]


def test_after_an_unknown_step_says_which_is_meant() -> None:
    pipeline = compiled(
        code("x = 1", "step:load"), code("1", "step:b"), **settings(b={"after": ["laod"]})
    )
    (finding,) = pipeline.errors
    assert (finding.code, finding.step, finding.cell) == ("unknown-step", "b", "c1")
    assert "no cell is tagged `step:laod`" in finding.message
    assert finding.hint == "Did you mean `load`?"


def test_after_is_an_edge_without_names() -> None:
    pipeline = compiled(code("1", "step:a"), code("2", "step:b"), **settings(b={"after": ["a"]}))
    assert [edge.to_json() for edge in pipeline.edges] == [
        {"from": "a", "to": "b", "names": [], "reason": "`b` is set to run after `a`"}
    ]
    assert pipeline.upstream() == {"a": (), "b": ("a",)}


def test_a_step_after_itself_is_a_cycle() -> None:
    pipeline = compiled(code("1", "step:a"), **settings(a={"after": ["a"]}))
    assert codes(pipeline, "error") == ["step-cycle"]


def test_a_cycle_names_its_steps_and_what_closes_it() -> None:
    pipeline = compiled(
        code("x = 1", "step:a"), code("y = x", "step:b"), **settings(a={"after": ["b"]})
    )
    (finding,) = pipeline.errors
    assert finding.code == "step-cycle"
    assert "a -> b -> a" in finding.message
    assert "`b` needs `x` from `a`" in finding.message
    assert "`a` runs after `b`" in finding.message
    assert finding.hint == "Remove `b` from the `after` of `a`."


def test_a_step_around_another_says_where_to_split_it() -> None:
    pipeline = compiled(
        code("x = [1]", "step:a"), code("y = x + [2]", "step:b"), code("z = y", "step:a")
    )
    (finding,) = pipeline.errors
    assert finding.code == "step-cycle"
    assert "`a` needs `y` from `b`" in finding.message
    assert "`b` needs `x` from `a`" in finding.message
    assert "cells 1 and 3" in finding.hint


def test_every_cycle_is_reported() -> None:
    after = settings(a={"after": ["b"]}, b={"after": ["a"]}, c={"after": ["d"]}, d={"after": ["c"]})
    pipeline = compiled(*[code("1", f"step:{name}") for name in "abcd"], **after)
    assert codes(pipeline) == ["step-cycle", "step-cycle"]


def test_findings_come_in_the_order_of_the_notebook() -> None:
    pipeline = compiled(
        code("1", "step:b", "Skip"), code("2", "step:con"), **settings(b={"gpus": -1})
    )
    assert [(d.cell, d.code) for d in pipeline.diagnostics] == [
        ("c0", "setting-invalid"),
        ("c0", "tag-misspelt"),
        ("c1", "step-name-reserved"),
    ]


UNUSED: list[tuple[str, str, bool]] = [
    ("a value nobody uses", "y = x + 1", True),
    ("values nobody uses", "a, *b = [x, 2]\nc: int = 3", True),
    ("something shown", "y = x + 1\ny", False),
    ("something printed", "print(x)", False),
    ("a plot", "ax = x.plot()", False),
    ("a change in place", "y = {}\ny['a'] = x", False),
    ("a file", "with open('a', 'w') as f:\n    f.write(str(x))", False),
    ("a definition", "def f():\n    return 1", False),
    ("a magic", "%env A=b", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(
    ("source", "unused"), [row[1:] for row in UNUSED], ids=[row[0] for row in UNUSED]
)
def test_a_step_that_nobody_uses_or_sees_is_noted(source: str, *, unused: bool) -> None:
    pipeline = compiled(code("x = 1", "step:a"), code(source, "step:b"), code("print(x)", "step:c"))
    assert ("unused-step" in codes(pipeline, "info")) is unused


def test_one_step_is_never_unused() -> None:
    assert codes(compiled(code("x = 1", "step:a"))) == []


def test_a_step_that_reports_a_metric_is_used() -> None:
    pipeline = compiled(code("x = 1", "step:a"), code("y = x", "step:b", "metrics"))
    assert codes(pipeline) == []


READS = "import pandas as pd\nframe = pd.read_csv('data.csv')\nframe"
SIDE_EFFECTS = [
    ("a download and who reads it", "!wget -q https://x.org/data.csv", READS, "a", "b"),
    ("in several lines", "%%bash\n# get it\ncurl -O x.org/data.csv", READS, "a", "b"),
    ("a folder and who works in it", "import os\nos.makedirs('out')", "!python train.py", "a", "b"),
    ("a command that uses files", "open('x.txt', 'w').write('1')", "!python use.py", "b", "b"),
    ("a look at files", "open('x.txt', 'w').write('1')", "!ls", "b", "b"),
    ("a process", "import subprocess\nsubprocess.run(['make', 'data'])", READS, "a", "b"),
    ("nobody reads", "!wget -q https://x.org/data.csv", "print(1)", None, None),
    ("nobody writes", "print(1)", "!ls", None, None),
    ("a look before", "!ls data", READS, None, None),
    ("installing", "!pip install pandas", READS, None, None),
    ("what the machine is", "!nvidia-smi", READS, None, None),
    ("a file that is named", "open('data.csv', 'w').write('1')", READS, None, None),
    ("a plot", "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()", READS, None, None),
    ("a report", "open('report.md', 'w').write('done')", "print(1)", None, None),
    (
        "a command in a function",
        "def f():\n    import os\n    os.system('x')\n1",
        READS,
        None,
        None,
    ),
]


@pytest.mark.parametrize(
    ("first", "second", "found", "waiting"),
    [row[1:] for row in SIDE_EFFECTS],
    ids=[row[0] for row in SIDE_EFFECTS],
)
def test_a_step_that_only_works_outside_the_notebook_is_asked_for_its_order(
    first: str, second: str, found: str | None, waiting: str | None
) -> None:
    cells = code(first, "step:a"), code(second, "step:b")
    pipeline = compiled(*cells)
    warnings = [d for d in pipeline.diagnostics if d.code == "only-side-effects"]
    assert [warning.step for warning in warnings] == ([found] if found else [])
    for warning in warnings:
        assert warning.fix is not None
        assert warning.fix.edit == SetAfter(str(waiting), ("a",))
        ordered = compiled(*cells, **settings(b={"after": ["a"]}))
        assert codes(ordered) == []


def test_a_question_is_found_on_its_line() -> None:
    asks = "x = 1\nname = input('Name? ')\nimport getpass\nword = getpass.getpass()"
    pipeline = compiled(code("def f():\n    return input()", "functions"), code(asks, "step:a"))
    found = [(d.code, d.cell, d.line) for d in pipeline.diagnostics]
    assert found == [("needs-input", "c1", 2), ("needs-input", "c1", 4)]
