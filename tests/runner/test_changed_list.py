"""A step changes a list in place, unforeseen, that another one goes over: in real kernels."""

from __future__ import annotations

from pathlib import Path

import nbformat

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner.cluster.fake import FakeCluster
from nbprism.runner.driver import lead
from nbprism.runner.executed import assemble
from nbprism.runner.reuse.forecast import forecast
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.unit.attempt import execute_unit

CELLS = {
    "load": "xs = [1, 2, 3]\nk = [10]",
    # Python itself is asked who holds the list: no reading of the code could tell.
    "clean": "import gc\n[found.append(4) for found in gc.get_objects() if found is xs]",
    "train": "y = x * k[0]",
    "report": "print(y)",
}


def ran(folder: Path) -> tuple[RunFolder, set[str]]:
    """Run the notebook; return its run, and what was foreseen to become of its steps."""
    made = [
        nbformat.v4.new_code_cell(source, id=step, metadata={"tags": [f"step:{step}"]})
        for step, source in CELLS.items()
    ]
    settings = {"schema": 1, "steps": {"train": {"foreach": "x in xs"}}}
    path = folder / "loop.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"nbprism": settings}), path)
    notebook = read_notebook(path)
    plan = make_plan(notebook, compile_notebook(notebook), {})
    store = Store(folder / ".nbprism")
    foreseen = {step.action for step in forecast(plan, store.root, path).steps}
    run = store.create_run(plan, notebook_path=path)
    lead(run, FakeCluster(execute_unit), assemble)
    assert run.summary()["state"] == "succeeded", run.summary()["error"]
    return run, foreseen


def shown(run: RunFolder) -> str:
    """Return what the last attempt of the last step printed."""
    outputs = [e for e in run.events() if isinstance(e, ev.CellOutput) and e.step == "report"]
    return "".join(op["output"]["text"] for op in outputs[-1].ops if "output" in op)


def test_the_loop_goes_over_the_changed_list_as_in_one_kernel(tmp_path: Path) -> None:
    first, foreseen = ran(tmp_path)
    assert foreseen == {"run"}
    assert shown(first) == "[10, 20, 30, 40]\n"
    assert first.summary()["steps"]["train"]["items"] == 4

    second, foreseen = ran(tmp_path)
    assert foreseen == {"reuse"}
    assert shown(second) == "[10, 20, 30, 40]\n"
    units = second.summary()["steps"]["train"]["units"].values()
    assert [unit["state"] for unit in units] == ["reused"] * 4
    # Known from the first run: it waited for the change.
    assert "step-withdrawn" not in {event.kind for event in second.events()}
