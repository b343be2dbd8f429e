"""Units in real kernels, without Ray: what they hand over, report and leave behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from unit_notebooks import code_cell, is_gone, left_over, run_unit, unit_notebook

from nbprism.runner import layout
from nbprism.runner.artifacts import parcel
from nbprism.runner.errors import ItemsInvalid
from nbprism.runner.unit import items
from nbprism.runner.unit.attempt import UnitSpec, execute_unit


def test_values_cross_from_unit_to_unit_with_metrics(tmp_path: Path) -> None:
    first = unit_notebook("load", "x = [1, 2]\nprint('made')", outputs=["x"])
    second = unit_notebook(
        "sum", "x.append(3)\ntotal = sum(x)\nok = True", inputs={"x": "load"}, outputs=["x"],
        metrics=["total", "ok", "x"],
    )  # fmt: skip
    one = run_unit(tmp_path, "load", first)
    two = run_unit(tmp_path, "sum", second)
    assert one.end["kind"] == two.end["kind"] == "unit-succeeded"
    assert two.end["metrics"] == {"total": 6, "ok": True}
    assert one.end["outputs"][0]["digest"] != two.end["outputs"][0]["digest"]
    assert one.text("c0") == "made\n"


def test_reports_come_in_the_order_of_the_story(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "print(1)", "2"))
    own = [(r["kind"], r.get("cell")) for r in ran.reports if str(r.get("cell")).startswith("c")]
    assert own == [
        ("cell-started", "c0"), ("cell-output", "c0"), ("cell-ended", "c0"),
        ("cell-started", "c1"), ("cell-output", "c1"), ("cell-ended", "c1"),
    ]  # fmt: skip
    assert ran.kinds[0] == "unit-started"
    assert ran.reports[0]["pid"] == os.getpid()


def test_the_manifest_is_published_once_and_a_second_attempt_loses(tmp_path: Path) -> None:
    unit = unit_notebook("s", "x = 1", outputs=["x"])
    run_unit(tmp_path, "s", unit)
    late = run_unit(tmp_path, "s", unit, attempt=2)
    published = layout.manifest(layout.run_folder(tmp_path, "r1"), "s")
    assert json.loads(published.read_text())["attempt"] == 1
    assert late.end["kind"] == "unit-crashed"
    assert late.error["code"] == "attempt-superseded"


def test_a_failed_unit_publishes_nothing_and_leaves_its_notebook(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "print('seen')", "1/0", outputs=["x"]))
    folder = layout.run_folder(tmp_path, "r1")
    assert not layout.manifest(folder, "s").exists()
    executed = nbformat.read(layout.executed_unit(folder, "s", 1), as_version=4)
    nbformat.validate(executed)
    by_id = {cell.id: cell for cell in executed.cells}
    assert by_id["c0"].outputs[0].text == "seen\n"
    assert by_id["c1"].outputs[0].ename == "ZeroDivisionError"
    assert len(executed.cells) == len(unit_notebook("s", "", "").get("cells", ()))
    assert ran.error["cell"] == "c1"


def test_an_error_names_the_line_of_the_cell_and_not_of_the_function(tmp_path: Path) -> None:
    unit = unit_notebook("s", "def f():\n    return 1/0\n", "x = 1\n\nf()")
    ran = run_unit(tmp_path, "s", unit)
    assert (ran.error["code"], ran.error["cell"], ran.error["line"]) == ("cell-failed", "c1", 3)
    assert ran.end["kind"] == "unit-failed"


def test_an_error_in_replayed_setup_names_the_users_own_cell(tmp_path: Path) -> None:
    setup = code_cell("nbprism-setup-1", "x = 1\nx.y", nbprism={"from": "theirs", "line": 10})
    ran = run_unit(tmp_path, "s", unit_notebook("s", setup, "1"))
    assert (ran.error["cell"], ran.error["line"]) == ("theirs", 11)


def test_a_cell_that_may_raise_does_not_fail_the_unit(tmp_path: Path) -> None:
    may = code_cell("c9", "1/0", tags=["raises-exception"])
    ran = run_unit(tmp_path, "s", unit_notebook("s", may, "x = 2", outputs=["x"]))
    assert ran.end["kind"] == "unit-succeeded"


def test_the_kernel_has_the_units_environment_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "rfc3987_syntax.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", f"{blocker}{os.pathsep}{tmp_path}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    cell = (
        "import os\n"
        "print(os.environ['OWN'], os.environ['CUDA_VISIBLE_DEVICES'], os.environ['PYTHONPATH'])\n"
        "print(os.getcwd())"
    )
    unit = unit_notebook("s", cell)
    work = tmp_path / "work"
    work.mkdir()
    ran = run_unit(tmp_path, "s", unit, env_vars={"OWN": "yes"}, cwd=str(work))
    assert ran.text("c0").splitlines() == [f"yes 3 {tmp_path}", str(work)]


def test_modules_next_to_the_notebook_are_importable_but_do_not_shadow(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("value = 7")
    (tmp_path / "queue.py").write_text("raise RuntimeError('shadowed')")
    ran = run_unit(tmp_path, "s", unit_notebook("s", "import mine; print(mine.value)"))
    assert ran.text("c0") == "7\n"


def test_a_file_left_open_is_complete_when_the_unit_has_ended(tmp_path: Path) -> None:
    unit = unit_notebook("s", "f = open('out.txt', 'w')\n_ = f.write('all of it')")
    run_unit(tmp_path, "s", unit)
    assert (tmp_path / "out.txt").read_text() == "all of it"


def test_nothing_of_the_kernel_is_left(tmp_path: Path) -> None:
    source = "import subprocess\np = subprocess.Popen(['sleep', '600'])\nprint(p.pid)"
    ran = run_unit(tmp_path, "s", unit_notebook("s", source))
    assert is_gone(int(ran.text("c0")))
    assert left_over() == []


def test_closing_the_generator_ends_the_kernel(tmp_path: Path) -> None:
    unit = unit_notebook("s", "import time\nprint('on', flush=True)\ntime.sleep(600)")
    spec = UnitSpec(str(tmp_path), "r1", "s", 1, unit, str(tmp_path), {})
    reports = execute_unit(spec)
    for batch in reports:
        if any(report["kind"] == "cell-output" for report in batch):
            break
    reports.close()
    assert left_over() == []


def test_importing_the_kernel_side_stays_cheap() -> None:
    heavy = ["ray", "papermill", "pandas", "numpy", "nbformat", "jsonschema", "jupyter_client"]
    code = (
        f"import nbprism.runner.unit.step, sys; print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_unit_leaves_one_dunder_name_in_the_namespace(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "%who"))
    assert "no names" in ran.text("c0").lower() or "empty" in ran.text("c0").lower()


def test_plain_papermill_runs_units_against_a_store(tmp_path: Path) -> None:
    units = {
        "load": unit_notebook("load", "x = 20", outputs=["x"]),
        "use": unit_notebook("use", "print(x + 1)", "%cd -q /", inputs={"x": "load"}),
    }
    env = {**os.environ, "NBPRISM_STORE": "store"}
    for step, unit in units.items():
        nbformat.write(nbformat.from_dict(unit), tmp_path / f"{step}.ipynb")
        command = [sys.executable, "-m", "papermill", f"{step}.ipynb", f"{step}.out.ipynb"]
        subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    executed = nbformat.read(tmp_path / "use.out.ipynb", as_version=4)
    assert executed.cells[2].outputs[0].text == "21\n"
    assert layout.manifest(layout.run_folder(tmp_path / "store", "manual"), "use").exists()


def test_using_what_an_unrun_step_makes_says_which_step_to_run(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "use", unit_notebook("use", "x", inputs={"x": "load"}))
    assert ran.error["code"] == "artifact-missing"
    assert "Step 'load' has published nothing" in ran.error["evalue"]


def _gated(condition: str, **inputs: str) -> dict[str, Any]:
    when = code_cell(
        "nbprism-when", f"__nbprism__.when(globals(), {condition!r})",
        nbprism={"from": "c0", "setting": "when"},
    )  # fmt: skip
    return unit_notebook("s", when, "print('ran')", inputs=inputs)


SEES = [
    ("x > 3", "its condition `x > 3` is false (x = 2)"),
    ("x > 3 and missing", "its condition `x > 3 and missing` is false (x = 2)"),
    ("not found", "its condition `not found` is false (found = {'a': [1, 2]})"),
    ("found['a'][0] == x", "is false (found['a'][0] = 1, x = 2)"),
    ("len(text) < 10", "is false (len(text) = 1000)"),
    ("text == 'a'", "is false (text = 'bbb"),
    ("0 < x < 2", "is false (x = 2)"),
    ("any(v > x for v in found['a'])", "(any((v > x for v in found['a'])) = False)"),
]


@pytest.mark.parametrize(("condition", "reason"), SEES, ids=[row[0] for row in SEES])
def test_a_false_condition_skips_the_unit_and_says_what_it_saw(
    condition: str, reason: str, tmp_path: Path
) -> None:
    made = "x = 2\nfound = {'a': [1, 2]}\ntext = 'b' * 1000"
    run_unit(tmp_path, "a", unit_notebook("a", made, outputs=["x", "found", "text"]))
    ran = run_unit(tmp_path, "s", _gated(condition, x="a", found="a", text="a"))
    assert ran.end["kind"] == "unit-skipped"
    assert reason in ran.end["reason"]
    assert len(ran.end["reason"]) < 200
    assert "cell-started" not in [r["kind"] for r in ran.reports if r.get("cell") == "c1"]
    assert ran.text("c1") == ""
    assert not layout.manifest(layout.run_folder(tmp_path, "r1"), "s").exists()


def test_a_true_condition_changes_nothing(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", _gated("1 < 2"))
    assert (ran.end["kind"], ran.text("c1")) == ("unit-succeeded", "ran\n")


def test_a_condition_that_raises_fails_the_step_at_its_first_cell(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", _gated("1 / 0 > missing"))
    assert ran.end["kind"] == "unit-failed"
    assert (ran.error["code"], ran.error["cell"]) == ("condition-failed", "c0")
    assert len(ran.error["traceback"]) == 1
    assert "`1 / 0 > missing`, could not be evaluated: ZeroDivisionError" in ran.error["evalue"]


def test_a_manifest_has_what_was_left_and_what_changed_unforeseen(tmp_path: Path) -> None:
    made = unit_notebook("make", "a = [1]; b = [a]; c = [2]", outputs=["a", "b", "c"])
    assert run_unit(tmp_path, "make", made).end["kind"] == "unit-succeeded"
    use = unit_notebook(
        "use", "b[0].append(5); left = b; gone = 1; del gone", inputs=dict.fromkeys("abc", "make"),
        left=["left", "gone"],
    )  # fmt: skip
    assert run_unit(tmp_path, "use", use).end["kind"] == "unit-succeeded"
    manifest = json.loads((tmp_path / "runs/r1/outputs/use.json").read_text())
    assert list(manifest["changed"]) == ["a", "b"]
    got = parcel.unpack(tmp_path, manifest["changed"], {})
    assert got["b"][0] is got["a"]
    assert got["a"] == [1, 5]
    assert parcel.unpack(tmp_path, manifest["kept"], {}) == {"left": [[1, 5]]}


def _list_of(source: str, limit: int = 1000) -> dict[str, Any]:
    itemise = code_cell("nbprism-items", f"__nbprism__.itemise(globals(), {{'xs': {limit}}})")
    unit = unit_notebook("a", source, outputs=["xs"])
    return {**unit, "cells": [*unit["cells"][:-1], itemise, unit["cells"][-1]]}


def _of_item() -> dict[str, Any]:
    take = code_cell("nbprism-item", "__nbprism__.item(globals(), 'x', of=('a', 'xs'))")
    return unit_notebook("s", take, "y = x * 2\nprint(repr(x))", outputs=["y"])


def test_a_unit_gets_its_own_item_of_a_list(tmp_path: Path) -> None:
    run_unit(
        tmp_path, "a", _list_of("import numpy as np\nxs = ['at', 2.5, np.arange(3), (1, 'b')]")
    )
    seen = [run_unit(tmp_path, f"s[{i}]", _of_item(), item=i).text("c1") for i in range(4)]
    assert seen == ["'at'\n", "2.5\n", "array([0, 1, 2])\n", "(1, 'b')\n"]
    folder = layout.run_folder(tmp_path, "r1")
    told = json.loads(layout.manifest(folder, "a").read_text())["items"]["xs"]
    assert told["count"] == 4
    assert ["literal" in entry for entry in told["entries"]] == [True, True, False, True]
    assert json.loads(layout.manifest(folder, "s[2]").read_text())["step"] == "s[2]"


def test_outputs_of_the_units_are_collected_as_lists_in_order(tmp_path: Path) -> None:
    run_unit(tmp_path, "a", _list_of("xs = [3, 1, 2]"))
    for index in (0, 2):
        assert run_unit(tmp_path, f"s[{index}]", _of_item(), item=index).end["kind"]
    folder = layout.run_folder(tmp_path, "r1")
    units = [json.loads(layout.manifest(folder, f"s[{i}]").read_text()) for i in (0, 2)]
    form = items.collected("s", ["y"], [units[0], None, units[1]])
    layout.manifest(folder, "s").write_text(json.dumps(form))
    ran = run_unit(tmp_path, "z", unit_notebook("z", "print(y)", inputs={"y": "s"}))
    assert ran.text("c0") == "[6, None, 4]\n"
    assert items.labels_of(form, "y", "z", 3) == ("6", "", "4")


NO_ITEMS = [
    ("xs = 3", "`xs` is of type int, not a list: step 's' runs once for each of its items."),
    ("xs = 'abc'", "`xs` is of type str, not a list"),
    ("xs = (i for i in 'ab')", "`xs` is of type generator, not a list"),
    ("xs = range(11)", "`xs` has 11 items; step 's' takes at most 10."),
    ("pass", "Step 'a' did not say what items `xs` has."),
]


@pytest.mark.parametrize(("source", "message"), NO_ITEMS, ids=[row[0] for row in NO_ITEMS])
def test_what_is_not_a_list_or_too_long_is_refused_by_who_goes_over_it(
    source: str, message: str, tmp_path: Path
) -> None:
    assert run_unit(tmp_path, "a", _list_of(source, 10)).end["kind"] == "unit-succeeded"
    told = json.loads(layout.manifest(layout.run_folder(tmp_path, "r1"), "a").read_text())
    with pytest.raises(ItemsInvalid, match=re.escape(message)):
        items.labels_of(told, "xs", "s", 10)
