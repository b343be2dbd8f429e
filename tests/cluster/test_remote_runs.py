"""Whole runs on a cluster that is only reached over HTTP, and whose Ray is another one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from heads import Head
from nbformat import v4

import nbprism
from nbprism.compiler import PlanRejected, compile_notebook, make_plan, read_notebook
from nbprism.offload.capture import capture
from nbprism.offload.remote import send
from nbprism.runner import launch
from nbprism.runner.errors import ArtifactForeign, ArtifactMissing, ClusterUnauthorized, RunConflict
from nbprism.runner.store import RunFolder, Store

pytestmark = pytest.mark.timeout(600)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a notebook of one cell a step, in a folder with a local module and a data file."""
    (tmp_path / "helpers.py").write_text("def twice(x):\n    return 2 * x\n")
    (tmp_path / "rows.csv").write_text("1\n2\n3\n")

    def write(**steps: str) -> Path:
        notebook = v4.new_notebook()
        for name, source in steps.items():
            notebook.cells.append(v4.new_code_cell(source, metadata={"tags": [f"step:{name}"]}))
        path = tmp_path / "nb.ipynb"
        path.write_text(v4.writes(notebook))
        return path

    return write


def until(true: Callable[[], Any], within_s: float = 90) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def relay_of(run: nbprism.Run) -> psutil.Process:
    """Return the process that brings the run home."""
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or ()  # somebody else's, or one that has just ended
        if "nbprism.runner.remote.relay" in command and str(run.folder.path) in command:
            return process
    raise AssertionError("nobody brings the run home")


def test_a_run_takes_its_files_along_and_brings_outputs_and_values_home(
    head: Head, write: Write
) -> None:
    path = write(
        load="from helpers import twice\nrows = [int(x) for x in open('rows.csv')]\nprint(len(rows))",
        sum="import numpy as np\nfrom helpers import twice\ntotal = np.arange(5) + twice(sum(rows))",
        show="print(total.tolist())",
    )
    run = nbprism.submit(path, cluster=head.url).wait(200).check()
    assert run.outputs["show"].text == "[12, 13, 14, 15, 16]\n"
    assert run.outputs["load"].text == "3\n"
    assert Path(run.summary["executed"]).parent == run.folder.path
    assert not (run.folder.store / "artifacts").exists()
    assert run["sum"]["total"].tolist() == [12, 13, 14, 15, 16]


def test_a_cell_of_a_live_kernel_runs_there_with_its_values_and_brings_back_what_it_made(
    head: Head, tmp_path: Path
) -> None:
    rows = [1, 2]
    kernel: dict[str, Any] = {"X": np.arange(5000.0), "rows": rows, "held": rows}
    cell = capture("import os\nrows.append(3)\ny = X * 2\nprint(os.getcwd())", kernel, {}, name="c")
    remote = send(cell, kernel, cluster=head.url, folder=tmp_path)
    remote.run.wait(200)
    remote.result()
    assert kernel["held"] is kernel["rows"] is rows
    assert (rows, float(kernel["y"][10])) == ([1, 2, 3], 20.0)
    assert str(tmp_path) not in remote.run.outputs["cell"].text


def test_gpus_are_what_ray_assigned_and_none_without_asking(head: Head, write: Write) -> None:
    see = "import os\nprint(os.environ.get('CUDA_VISIBLE_DEVICES', 'unset'))"
    path = write(one=see, two=see, typed=see, none=see)
    settings = {
        "one": {"gpus": 1},
        "two": {"gpus": 2},
        "typed": {"gpus": 0.5, "accelerator_type": "T4"},
    }
    run = nbprism.submit(path, cluster=head.url, settings=settings).wait(200).check()
    assert run.outputs["one"].text.strip() in {"0", "1"}
    assert sorted(run.outputs["two"].text.strip().split(",")) == ["0", "1"]
    assert run.outputs["typed"].text.strip() in {"0", "1"}
    assert run.outputs["none"].text.strip() == ""
    with pytest.raises(PlanRejected, match="H100"):
        nbprism.submit(path, cluster=head.url, settings={"one": {"accelerator_type": "H100"}})


def test_two_halves_at_the_same_time_are_one_gpu(head: Head, write: Write, tmp_path: Path) -> None:
    # Where they meet is not to be read from the code, or one would wait for the other's file.
    see = (
        "import os, pathlib, time\n"
        "place = pathlib.Path(os.environ['PLACE'])\n"
        "(place / '{0}').touch()\n"
        "while not (place / '{1}').exists():\n"
        "    time.sleep(0.05)\n"
        "print(os.environ['CUDA_VISIBLE_DEVICES'])"
    )
    path = write(a=see.format("a", "b"), b=see.format("b", "a"))
    env = {"env_vars": {"PLACE": str(tmp_path / "place")}}
    (tmp_path / "place").mkdir()
    half = {"gpus": 0.5, "cpus": 0.5, "timeout_s": 100, "env": env}
    run = nbprism.submit(path, cluster=head.url, settings={"a": half, "b": half}).wait(200).check()
    assert run.outputs["a"].text == run.outputs["b"].text
    assert run.outputs["a"].text.strip() in {"0", "1"}


def test_a_step_that_uses_ray_itself_joins_the_cluster_it_runs_on(head: Head, write: Write) -> None:
    source = (
        "import ray\n"
        "ray.init(log_to_driver=False)\n"
        "there = ray.get(ray.remote(lambda x: 2 * x).remote(21))\n"
        "print(there, ray.cluster_resources()['GPU'])\n"
        "ray.shutdown()"
    )
    run = nbprism.submit(write(nested=source), cluster=head.url).wait(200).check()
    assert run.outputs["nested"].text.split()[-2:] == ["42", "2.0"]


def test_a_step_gets_the_packages_it_asks_for_and_others_do_not(head: Head, write: Write) -> None:
    look = "import importlib.util\nprint(importlib.util.find_spec('roman') is not None)"
    settings = {
        "one": {"env": {"pip": ["roman==5.0"]}},
        "two": {"env": {"uv": ["roman==5.0"]}},
    }
    path = write(one=look, two=look, three=look)
    run = nbprism.submit(path, cluster=head.url, settings=settings).wait(300).check()
    seen = [run.outputs[step].text.strip() for step in ("one", "two", "three")]
    assert seen == ["True", "True", "False"]
    with pytest.raises(PlanRejected, match=r"Install `roman==5\.0` here"):
        nbprism.submit(path, settings=settings)


def test_the_log_at_home_is_the_log_of_the_cluster(head: Head, write: Write) -> None:
    run = nbprism.submit(write(only="print('x')"), cluster=head.url).wait(200).check()
    there = (head.store / "runs" / run.id / "events.jsonl").read_text().splitlines()
    here = (run.folder.path / "events.jsonl").read_text().splitlines()
    assert here[1:-1] == there[1:-1]  # the last one names the executed notebook


def test_a_relay_that_is_killed_is_followed_by_another_and_nothing_is_lost_or_doubled(
    head: Head, write: Write
) -> None:
    source = "import time\nfor i in range(8):\n    print(i, flush=True)\n    time.sleep(1)"
    run = nbprism.submit(write(slow=source), cluster=head.url)
    until(lambda: run["slow"].state == "running")
    first = relay_of(run)
    first.kill()
    first.wait(10)
    assert run.state == "running"
    until(lambda: time.time() - run.created_at.timestamp() > launch.STARTING_S)
    launch.attend(run.folder)
    run.wait(200).check()
    assert run.outputs["slow"].text.split() == [str(i) for i in range(8)]
    numbers = [event.seq for event in run.folder.events()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_cancel_reaches_the_cluster(head: Head, write: Write) -> None:
    run = nbprism.submit(write(slow="import time\ntime.sleep(300)"), cluster=head.url)
    until(lambda: run["slow"].state == "running")
    run.cancel()
    assert run.wait(200).state == "cancelled"
    assert run["slow"].state == "cancelled"


def test_what_can_never_be_placed_is_refused_at_once(head: Head, write: Write) -> None:
    path = write(big="x = 1")
    with pytest.raises(
        PlanRejected, match="asks for 3 GPUs; the largest node of the cluster has 2"
    ):
        nbprism.submit(path, cluster=head.url, settings={"big": {"gpus": 3}})
    assert not (path.parent / ".nbprism" / "runs").exists()


def test_a_wrong_token_is_refused_before_anything_is_made(
    head: Head, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 32)
    with pytest.raises(ClusterUnauthorized, match="RAY_AUTH_TOKEN"):
        nbprism.submit(write(x="x = 1"), cluster=head.url)


def test_a_value_that_the_cluster_lost_is_said_to_be(head: Head, write: Write) -> None:
    run = nbprism.submit(write(a="x = [1]", b="print(x)"), cluster=head.url).wait(200).check()
    ref = run["a"].artifacts["x"]
    assert ref.digest is not None
    (head.store / "artifacts" / ref.digest[:2] / ref.digest).unlink()
    with pytest.raises(ArtifactMissing, match="does not have artifact"):
        ref.load()


def test_the_items_of_a_loop_reach_its_units(head: Head, write: Write) -> None:
    path = write(load="sizes = [1, 2, 3]", twice="double = 2 * size", show="print(double)")
    settings = {"twice": {"foreach": "size in sizes"}}
    run = nbprism.submit(path, cluster=head.url, settings=settings).wait(200).check()
    assert run.outputs["show"].text == "[2, 4, 6]\n"


def test_one_step_is_cancelled_and_the_others_go_on(head: Head, write: Write) -> None:
    path = write(slow="import time\ntime.sleep(300)", quick="print('done')", after="print('no')")
    run = nbprism.submit(path, cluster=head.url, settings={"after": {"after": ["slow"]}})
    until(lambda: run["slow"].state == "running")
    run.folder.request_step_cancel("slow")
    assert run.wait(200).state == "failed"
    states = {step: run[step].state for step in ("slow", "quick", "after")}
    assert states == {"slow": "cancelled", "quick": "succeeded", "after": "skipped"}
    assert run.summary["error"]["code"] == "step-cancelled"


def test_a_submit_that_is_repeated_starts_one_run(head: Head, write: Write) -> None:
    path = write(only="print('once')")
    notebook = read_notebook(path)
    plan = make_plan(notebook, compile_notebook(notebook), {})
    store = Store.beside(path)

    def submit(_: int) -> RunFolder:
        key, place = "double click", {"notebook_path": path, "cluster": head.url}
        return launch.submit(store, plan, submit_key=key, **place)

    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(submit, range(4)))
    assert len({run.id for run in runs}) == len(store.runs()) == 1
    assert nbprism.Run(runs[0]).wait(200).check().outputs["only"].text == "once\n"
    assert len(list((head.store / "runs").glob(f"*{runs[0].id}*"))) == 1


def test_a_cancel_as_the_last_step_ends_leads_to_one_state_on_both_sides(
    head: Head, write: Write
) -> None:
    run = nbprism.submit(write(only="x = 1"), cluster=head.url)
    until(lambda: run["only"].state == "succeeded" or run.ended)
    with contextlib.suppress(RunConflict):
        run.folder.request_cancel()
    state = run.wait(100).state
    assert state in {"succeeded", "cancelled"}
    last = run.folder.events()[-1]
    assert last.kind == f"run-{state}"
    assert run["only"].state == "succeeded"
    with pytest.raises(RunConflict, match=f"it is {state} already"):
        run.folder.request_cancel()


def test_its_python_is_another_one_and_only_compiled_code_cannot_cross(
    head: Head, write: Write, another_python: Path | None
) -> None:
    if another_python is None:
        pytest.skip("only one Python is installed here")
    path = write(make="f = lambda x: x + 1\nrows = {'a': [1, 2]}", use="print(f(1), rows)")
    run = nbprism.submit(path, cluster=head.url).wait(200).check()
    assert run.outputs["use"].text == "2 {'a': [1, 2]}\n"
    assert run["make"]["rows"] == {"a": [1, 2]}
    with pytest.raises(ArtifactForeign, match="which cannot run it"):
        run["make"]["f"]
