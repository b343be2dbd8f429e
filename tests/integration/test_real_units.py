"""Real kernels on a real Ray, when something is killed: the run says so, and nothing is left."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import is_gone, until

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner.launch import submit
from nbprism.runner.store import RunFolder, Store

pytestmark = pytest.mark.usefixtures("cluster")

Start = Callable[..., RunFolder]


@pytest.fixture
def start(store: Store, tmp_path: Path) -> Start:
    """Start a notebook whose first step tells its kernel's pid and then runs the given code."""

    def start(code: str, **settings: Any) -> RunFolder:
        cells = [
            nbformat.v4.new_code_cell("import os\nprint(os.getpid(), flush=True)", id="tell"),
            nbformat.v4.new_code_cell(code, id="act"),
            nbformat.v4.new_code_cell("print('after')", id="after"),
        ]
        for cell, step in zip(cells, ("first", "first", "second"), strict=True):
            cell.metadata["tags"] = [f"step:{step}"]
        path = tmp_path / "faults.ipynb"
        steps = {"first": settings, "second": {"after": ["first"]}}
        metadata = {**METADATA, "nbprism": {"schema": 1, "steps": steps}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
        notebook = read_notebook(path)
        plan = make_plan(notebook, compile_notebook(notebook), {})
        return submit(store, plan, notebook_path=path)

    return start


METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
}
SLEEP = "import time; time.sleep(1e6)"


def finish(run: RunFolder) -> dict[str, Any]:
    ended = {"succeeded", "failed", "cancelled", "lost"}
    assert until(lambda: run.summary()["state"] in ended, within_s=90), _said(run)
    assert until(lambda: not run.is_alive())
    return run.summary()


def kernel_of(run: RunFolder) -> int:
    """Wait until the second cell runs, and return the pid that the first one printed."""

    def told() -> list[str]:
        outputs = [e for e in run.events() if isinstance(e, ev.CellOutput) and e.cell == "tell"]
        return [output.ops[0]["output"]["text"] for output in outputs]

    def acts() -> bool:
        return any(isinstance(e, ev.CellStarted) and e.cell == "act" for e in run.events())

    assert until(lambda: acts() and bool(told()), within_s=90), _said(run)
    return int(told()[0])


def pid_in(run: RunFolder, kind: type[ev.Event], name: str) -> int:
    return next(getattr(event, name) for event in run.events() if isinstance(event, kind))


def _said(run: RunFolder) -> str:
    return run.driver_log_path.read_text()


def test_a_cancelled_run_keeps_what_it_had_printed_and_leaves_no_kernel(start: Start) -> None:
    run = start(SLEEP)
    kernel = kernel_of(run)
    run.request_cancel()
    summary = finish(run)
    assert summary["state"] == "cancelled"
    assert until(lambda: is_gone(kernel))
    executed = json.loads(Path(summary["executed"]).read_text())
    assert executed["cells"][0]["outputs"][0]["text"] in (f"{kernel}\n", [f"{kernel}\n"])


def test_a_kernel_that_is_killed_crashes_its_step_at_the_cell(start: Start) -> None:
    run = start(SLEEP)
    os.kill(kernel_of(run), signal.SIGKILL)
    summary = finish(run)
    assert summary["state"] == "failed"
    assert summary["steps"]["first"]["state"] == "crashed"
    assert (summary["error"]["code"], summary["error"]["cell"]) == ("kernel-died", "act")
    assert summary["steps"]["second"]["state"] == "skipped"


def test_a_step_past_its_limit_is_interrupted_like_by_hand(start: Start) -> None:
    run = start(SLEEP, timeout_s=6.0)  # the start of the kernel included
    summary = finish(run)
    error = summary["error"]
    assert (error["code"], error["cell"]) == ("unit-timeout", "act")
    # A kernel that has to be killed says no such thing.
    assert "KeyboardInterrupt" in "".join(error["traceback"])


def test_a_worker_that_is_killed_takes_its_kernel_with_it(start: Start) -> None:
    run = start(SLEEP)
    kernel = kernel_of(run)
    os.kill(pid_in(run, ev.StepStarted, "pid"), signal.SIGKILL)
    summary = finish(run)
    assert (summary["error"]["code"], summary["error"]["cell"]) == ("worker-died", "act")
    assert until(lambda: is_gone(kernel))


def test_a_driver_that_is_killed_takes_its_kernels_with_it(start: Start) -> None:
    run = start(SLEEP)
    kernel = kernel_of(run)
    os.kill(pid_in(run, ev.RunStarted, "driver_pid"), signal.SIGKILL)
    assert finish(run)["state"] == "lost"
    assert until(lambda: is_gone(kernel))


def test_a_step_sees_the_environment_of_whoever_submitted_the_run(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SETTING", "as I set it now")
    run = start(
        "assert os.environ['MY_SETTING'] == 'as I set it now'\n"
        "assert 'quiet' not in os.environ.get('PYTHONPATH', '')\n"
        "assert os.environ['RAY_ADDRESS'], 'a step may use the cluster it runs on'"
    )
    assert finish(run)["state"] == "succeeded", run.summary()["error"]
