"""A step changes its input in place and no reading of its code could tell: who took it runs again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from test_reuse_on_ray import METADATA, ended, kinds, states, text

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.results.run import Run
from nbprism.runner import events as ev
from nbprism.runner import launch
from nbprism.runner.reuse.forecast import forecast
from nbprism.runner.store import RunFolder, Store

LOAD = "xs = [1]"
# It waits until the other one is done with the old value.
CLEAN = """
import gc, glob, os, time
run = os.path.join(os.environ["NBPRISM_STORE"], "runs", os.environ["NBPRISM_RUN"])
while not glob.glob(f"{run}/outputs/plot.json"):
    time.sleep(0.05)
# Python itself is asked who holds the list: no reading of the code could tell.
[found.append(2) for found in gc.get_objects() if found is xs]
"""
PLOT = """
ys = list(xs)
print("ys", ys)
"""
REPORT = "print('sum', sum(ys))"

RunIt = Callable[..., RunFolder]


@pytest.fixture
def run_it(store: Store, tmp_path: Path) -> RunIt:
    def run_it(clean: str = CLEAN) -> RunFolder:
        cells = {"load": LOAD, "clean": clean, "plot": PLOT, "report": REPORT}
        made = [
            nbformat.v4.new_code_cell(source, id=step, metadata={"tags": [f"step:{step}"]})
            for step, source in cells.items()
        ]
        path = tmp_path / "unforeseen.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=METADATA), path)
        notebook = read_notebook(path)
        plan = make_plan(notebook, compile_notebook(notebook), {})
        foreseen = forecast(plan, store.root, path)
        run = ended(launch.submit(store, plan, notebook_path=path))
        done = {"reuse": "reused", "run": "succeeded"}
        for step in foreseen.steps:
            if step.certain:
                assert states(run)[step.step] == done[step.action], step
        return run

    return run_it


def test_a_step_that_took_the_old_value_runs_again_with_the_changed_one(run_it: RunIt) -> None:
    first = run_it()
    assert first.summary()["state"] == "succeeded", first.events()
    # One kernel, from top to bottom, would have shown just that.
    shown = json.loads(first.executed_path().read_text())["cells"][2]["outputs"]
    assert [output["text"] for output in shown] == ["ys [1, 2]\n"]
    assert text(first, "report") == "sum 3\n"
    assert Run(first)["plot"]["ys"] == [1, 2]
    assert Run(first)["plot"].inputs["xs"].load() == [1, 2]
    withdrawn = [e.step for e in first.events() if isinstance(e, ev.StepWithdrawn)]
    assert withdrawn[:1] == ["plot"]
    assert "changed `xs` in place" in first.summary()["steps"]["clean"]["warnings"][0]

    second = run_it()
    assert set(states(second).values()) == {"reused"}
    assert "step-withdrawn" not in kinds(second)
    assert "cluster-joined" not in kinds(second)
    assert Run(second)["plot"]["ys"] == [1, 2]

    # What is no longer changed is taken as it was made; the result of the old days still stands.
    third = run_it(clean="n = xs.count(1)")
    assert text(third, "plot") == "ys [1]\n"
    assert states(third)["load"] == "reused"
    assert "step-withdrawn" not in kinds(third)
