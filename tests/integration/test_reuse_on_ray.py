"""Reuse with real kernels on a real Ray: nothing starts for nothing, and lost work is taken over."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import is_gone, until

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner import launch, layout
from nbprism.runner.errors import RunConflict
from nbprism.runner.manifests import archives
from nbprism.runner.store import RunFolder, Store

METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

Run = Callable[..., RunFolder]


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Run:
    """Start a notebook of (step, source) cells; by default wait for its end."""

    def run(*cells: tuple[str, str], wait: bool = True) -> RunFolder:
        made = [
            nbformat.v4.new_code_cell(source, id=f"c{n}", metadata={"tags": [f"step:{step}"]})
            for n, (step, source) in enumerate(cells)
        ]
        path = tmp_path / "reused.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=METADATA), path)
        notebook = read_notebook(path)
        plan = make_plan(notebook, compile_notebook(notebook), {})
        started = launch.submit(store, plan, notebook_path=path)
        return ended(started) if wait else started

    return run


def ended(run: RunFolder) -> RunFolder:
    over = {"succeeded", "failed", "cancelled", "lost"}
    assert until(lambda: run.summary()["state"] in over, within_s=90), run.events()
    assert until(lambda: not run.is_alive())
    return run


def states(run: RunFolder) -> dict[str, str]:
    return {name: step["state"] for name, step in run.summary()["steps"].items()}


def kinds(run: RunFolder) -> list[str]:
    return [event.kind for event in run.events()]


def text(run: RunFolder, step: str) -> str:
    """What the last attempt of the step wrote: one that was withdrawn may have written, too."""
    events = [e for e in run.events() if isinstance(e, ev.CellOutput) and e.step == step]
    events = [event for event in events if event.attempt == events[-1].attempt]
    outputs = [op["output"] for event in events for op in event.ops if "output" in op]
    return "".join(output.get("text", "") for output in outputs)


TEN: Sequence[tuple[str, str]] = [
    ("s0", "x = [1]"),
    *((f"s{n}", f"x = x + [{n}]\nprint(x)") for n in range(1, 10)),
]


def test_ten_unchanged_steps_start_no_cluster_and_no_kernel(run: Run) -> None:
    first = run(*TEN)
    assert set(states(first).values()) == {"succeeded"}
    second = run(*TEN)
    assert set(states(second).values()) == {"reused"}
    assert not {"cluster-starting", "step-queued", "step-started"} & set(kinds(second))
    assert text(second, "s9") == text(first, "s9") == f"{[1, *range(1, 10)]}\n"


def test_files_count_comments_do_not_and_what_was_written_is_there_again(
    run: Run, tmp_path: Path
) -> None:
    data, report = tmp_path / "data.txt", tmp_path / "report.txt"
    helper = tmp_path / "helping.py"
    data.write_text("one")
    helper.write_text("def loud(text):\n    return text.upper()\n")
    load = "import helping\nword = helping.loud(open('data.txt').read())"
    write = "open('report.txt', 'w').write(word)\nprint(word)"
    run(("load", load), ("write", write))
    report.unlink()
    again = run(("load", f"# a comment\n{load}"), ("write", write))
    assert states(again) == {"load": "reused", "write": "reused"}
    assert report.read_text() == "ONE"

    data.write_text("two")
    third = run(("load", load), ("write", write))
    assert states(third) == {"load": "succeeded", "write": "succeeded"}
    assert third.summary()["steps"]["load"]["because"] == "file data.txt changed"
    assert (text(third, "write"), report.read_text()) == ("TWO\n", "TWO")

    helper.write_text("def loud(text):\n    return text.upper()  # as it was\n")
    fourth = run(("load", load), ("write", write))
    assert fourth.summary()["steps"]["load"]["because"] == "module helping.py changed"
    assert states(fourth)["write"] == "reused"


def test_a_run_whose_driver_was_killed_is_resumed(run: Run, tmp_path: Path) -> None:
    flag = tmp_path / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(flag)!r}):\n    time.sleep(0.05)\ny = x + 1"
    lost = run(("done", "x = 41"), ("waits", wait), ("last", "print(y)"), wait=False)
    assert until(lambda: "waits" in _started(lost), within_s=60)
    with pytest.raises(RunConflict):
        launch.resume(lost)
    (pid,) = [e.driver_pid for e in lost.events() if isinstance(e, ev.RunStarted)]
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: lost.summary()["state"] == "lost")
    # What it had begun ends a moment later, and would else go on now.
    assert until(lambda: all(is_gone(worker) for worker in _workers(lost)))
    flag.touch()
    resumed = ended(launch.resume(lost))
    assert states(resumed) == {"done": "reused", "waits": "succeeded", "last": "succeeded"}
    assert text(resumed, "last") == "42\n"
    assert resumed.summary()["steps"]["done"]["from_run"] == lost.id


def test_a_cancelled_run_is_resumed(run: Run, tmp_path: Path) -> None:
    flag = tmp_path / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(flag)!r}):\n    time.sleep(0.05)\ny = x + 1"
    cancelled = run(("done", "x = 41"), ("waits", wait), wait=False)
    assert until(lambda: "waits" in _started(cancelled), within_s=60)
    cancelled.request_cancel()
    assert ended(cancelled).summary()["state"] == "cancelled"
    flag.touch()
    resumed = ended(launch.resume(cancelled))
    assert states(resumed) == {"done": "reused", "waits": "succeeded"}


def test_two_runs_at_once_compute_a_step_once(run: Run) -> None:
    cells: Any = (("slow", "import time\ntime.sleep(2)\nx = 1"), ("use", "print(x + 1)"))
    both = [run(*cells, wait=False), run(*cells, wait=False)]
    for one in both:
        assert ended(one).summary()["state"] == "succeeded"
        assert text(one, "use") == "2\n"
    assert sorted(states(one)["slow"] for one in both) == ["reused", "succeeded"]


def _started(run: RunFolder) -> set[str]:
    return {e.step for e in run.events() if isinstance(e, ev.StepStarted)}


def _workers(run: RunFolder) -> set[int]:
    return {e.pid for e in run.events() if isinstance(e, ev.StepStarted)}


def test_a_value_that_was_damaged_in_the_store_is_made_again(run: Run, store: Store) -> None:
    first = run(("load", "xs = list(range(1000))"), ("use", "total = sum(xs)"))
    (digest,) = archives(json.loads(first.manifest_path("load").read_text()))
    place = layout.archive(store.root, digest)
    whole = place.read_bytes()
    place.chmod(0o600)
    # One bit, at the same size: a look-up cannot know, whoever loads it does.
    place.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    second = run(("load", "xs = list(range(1000))"), ("use", "total = sum(xs) + 1"))
    assert states(second) == {"load": "succeeded", "use": "succeeded"}
    assert [e.step for e in second.events() if isinstance(e, ev.StepWithdrawn)] == ["load", "use"]
    assert place.read_bytes() == whole
    # Cut short: the look-up itself sees that.
    place.chmod(0o600)
    os.truncate(place, 100)
    third = run(("load", "xs = list(range(1000))"), ("use", "total = sum(xs) + 2"))
    assert states(third) == {"load": "succeeded", "use": "succeeded"}
    assert "step-withdrawn" not in kinds(third)


def test_a_variable_that_a_step_reads_counts_and_one_that_was_unset_is_gone(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = ("read", "import os\nprint(os.environ.get('NB_MODE'))")
    monkeypatch.setenv("NB_MODE", "test")
    first = run(cell)
    assert states(run(cell)) == {"read": "reused"}
    monkeypatch.delenv("NB_MODE")
    # The cluster's own processes were started when it was still there.
    third = run(cell)
    assert third.summary()["steps"]["read"]["because"] == "environment variable NB_MODE changed"
    assert (text(first, "read"), text(third, "read")) == ("test\n", "None\n")
    assert states(run(cell)) == {"read": "reused"}


def test_a_step_that_went_by_the_absence_of_a_file_runs_when_it_is_there(
    run: Run, tmp_path: Path
) -> None:
    cell = ("look", "from pathlib import Path\nprint(Path('ne' + 'w.csv').exists())")
    run(cell)
    assert states(run(cell)) == {"look": "reused"}
    (tmp_path / "new.csv").touch()
    third = run(cell)
    assert third.summary()["steps"]["look"]["because"] == "new.csv is there now"
    assert text(third, "look") == "True\n"
