"""Quick fixes: each, carried out by hand, makes its finding go away."""

from __future__ import annotations

import copy
import re
from typing import Any, get_args

import pytest
from written import code, raw_notebook

from nbprism.compiler import compile_notebook, read_notebook
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.fixes import Edit, Fix

WRONG = [
    pytest.param(
        "undefined-name",
        [code("data = 1", "step:a", cell_id="a"), code("x = 2\nprint(dta)", "step:b", cell_id="b")],
        {},
        id="a name misspelt",
    ),
    pytest.param("tag-misspelt", [code("1", "stpe:a", cell_id="a")], {}, id="a tag misspelt"),
    pytest.param(
        "step-name-invalid", [code("1", "step:my step", cell_id="a")], {}, id="a bad name"
    ),
    pytest.param(
        "two-steps-on-cell", [code("1", "step:a", "step:b", cell_id="a")], {}, id="two steps"
    ),
    pytest.param(
        "cell-syntax",
        [code("1", "step:a", cell_id="a"), code("x =", "step:b", cell_id="b")],
        {},
        id="syntax",
    ),
    pytest.param(
        "needs-input", [code("1", cell_id="a"), code("x = input()", cell_id="b")], {}, id="input"
    ),
    pytest.param(
        "unused-step",
        [code("x = 1", "step:a", cell_id="a"), code("print(1)", "step:b", cell_id="b")],
        {},
        id="unused",
    ),
    pytest.param(
        "only-side-effects",
        [code("!wget x.org/a.csv", "step:a", cell_id="a"), code("!ls", "step:b", cell_id="b")],
        {},
        id="an order that is not said",
    ),
    pytest.param(
        "unknown-step",
        [code("print(1)", "step:load", cell_id="a"), code("print(1)", "step:b", cell_id="b")],
        {"b": {"after": ["laod", "load"]}},
        id="after a step misspelt",
    ),
    pytest.param(
        "unknown-step",
        [code("print(1)", "step:a", cell_id="a")],
        {"a": {"after": ["zzz"]}},
        id="after a step that is gone",
    ),
    pytest.param(
        "step-cycle",
        [code("print(1)", "step:a", cell_id="a")],
        {"a": {"after": ["a"]}},
        id="after itself",
    ),
    pytest.param(
        "step-cycle",
        [code("print(1)", "step:a", cell_id="a"), code("print(1)", "step:b", cell_id="b")],
        {"a": {"after": ["b"]}, "b": {"after": ["a"]}},
        id="after each other",
    ),
    pytest.param(
        "step-cycle",
        [
            code("x = 1", "step:a", cell_id="a"),
            code("y = x", "step:b", cell_id="b"),
            code("print(y)", "step:a", cell_id="c"),
        ],
        {},
        id="around each other",
    ),
    pytest.param(
        "setting-invalid", [code("1", "step:a", cell_id="a")], {"a": {"cpus": -1}}, id="invalid"
    ),
    pytest.param(
        "setting-unknown", [code("1", "step:a", cell_id="a")], {"a": {"cpu": 2}}, id="unknown"
    ),
    pytest.param(
        "settings-without-step",
        [code("1", "step:a", cell_id="a")],
        {"b": {"cpus": 2}},
        id="no step",
    ),
]


def compiled(cells: list[dict[str, Any]], settings: dict[str, Any]) -> list[Diagnostic]:
    form = raw_notebook(*cells, nbprism={"schema": 1, "steps": settings})
    return list(compile_notebook(read_notebook(form)).diagnostics)


def carry_out(fix: Fix, cells: list[dict[str, Any]], settings: dict[str, Any]) -> None:
    """Do to the notebook what the fix says, as `js/src/model/fixes.ts` does."""
    edit = fix.to_json()["edit"]
    by_id = {cell["id"]: cell for cell in cells}
    tags = by_id[edit["cell"]]["metadata"].setdefault("tags", []) if "cell" in edit else []
    match edit["kind"]:
        case "place-cell":
            tags[:] = [edit["tag"]]
        case "replace-tag":
            tags[tags.index(edit["tag"])] = edit["by"]
        case "replace-name":
            cell = by_id[edit["cell"]]
            lines = cell["source"].split("\n")
            word = rf"\b{re.escape(edit['name'])}\b"
            lines[edit["line"] - 1] = re.sub(word, edit["by"], lines[edit["line"] - 1])
            cell["source"] = "\n".join(lines)
        case "set-after":
            settings.setdefault(edit["step"], {})["after"] = edit["after"]
        case "rename-setting":
            settings[edit["step"]][edit["by"]] = settings[edit["step"]].pop(edit["setting"])
        case "remove-settings" if edit["setting"] is None:
            del settings[edit["step"]]
        case "remove-settings":
            del settings[edit["step"]][edit["setting"]]
        case "split-step":
            tags[:] = [f"step:{edit['name']}"]


@pytest.mark.parametrize(("finding", "cells", "settings"), WRONG)
def test_the_finding_goes_away(
    finding: str, cells: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    cells, settings = copy.deepcopy(cells), copy.deepcopy(settings)
    before = [d for d in compiled(cells, settings) if d.code == finding]
    fix = before[0].fix
    assert fix is not None
    assert fix.title
    carry_out(fix, cells, settings)
    assert not [d for d in compiled(cells, settings) if d.code == finding]


def test_every_kind_of_fix_is_tried() -> None:
    tried = set()
    for row in WRONG:
        _, cells, settings = row.values
        found = compiled(list(cells), dict(settings))  # type: ignore[call-overload]
        tried |= {type(d.fix.edit) for d in found if d.fix is not None}
    assert tried == set(get_args(Edit))


def test_a_name_read_in_a_function_elsewhere_is_not_renamed_at_the_call() -> None:
    cells = [
        code("data = 1\ndef f():\n    return dta", "step:a", cell_id="a"),
        code("f()", "step:b", cell_id="b"),
    ]
    found = [d for d in compiled(cells, {}) if d.code == "undefined-name"]
    assert found
    assert all(d.fix is None for d in found)
