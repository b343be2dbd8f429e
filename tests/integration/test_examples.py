"""The examples as a user runs them: `nbprism run`, on a real Ray, from a real shell."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import is_gone, until
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = {"digits": (), "diabetes": ("--set", "boost.gpus=0")}
"""The examples, and what they need where there is no GPU."""
TIMED = {"features"}
"""Cells that print how long they took."""
FROM_PYTHON = "from_python"
"""An example that is no pipeline: it runs one of the others from a kernel."""
ONE_CELL = "one_cell"
"""And one whose cells run elsewhere, one by one."""

pytestmark = pytest.mark.timeout(600)


def nbprism(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from nbprism.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def events_and_summary(printed: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *events, summary = map(json.loads, printed.splitlines())
    return events, summary


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of the examples, and nothing of runs that were made beside them."""
    copy = tmp_path_factory.mktemp("use") / "examples"
    return Path(shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns(".*")))


@pytest.fixture(scope="module")
def finished(folder: Path) -> Mapping[str, tuple[list[dict[str, Any]], dict[str, Any]]]:
    """What `nbprism run --json` printed for each example."""
    found = {}
    for name, options in NOTEBOOKS.items():
        ended = nbprism("run", f"{name}.ipynb", "--json", *options, cwd=folder)
        assert ended.returncode == 0, ended.stderr + ended.stdout[-3000:]
        found[name] = events_and_summary(ended.stdout)
    return found


def texts(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return what each code cell shows as text: no pictures, no addresses of objects."""
    shown = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or cell["id"] in TIMED:
            continue
        outputs = [
            o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell["outputs"]
        ]
        whole = ["".join(text) for text in outputs]
        kept = (text for text in whole if "<Figure" not in text and " at 0x" not in text)
        shown[cell["id"]] = "".join(kept)
    return shown


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_run_shows_what_one_kernel_from_top_to_bottom_shows(
    name: str, folder: Path, finished: Mapping[str, Any]
) -> None:
    plain = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    plain.cells = [cell for cell in plain.cells if "skip" not in cell.metadata.get("tags", ())]
    NotebookClient(plain, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    _, summary = finished[name]
    executed = nbformat.read(folder / summary["notebook"], as_version=4)
    expected = texts(plain)
    shown = {cell: text for cell, text in texts(executed).items() if cell in expected}
    assert shown == expected


def test_the_summary_and_the_events_are_the_documented_ones(finished: Mapping[str, Any]) -> None:
    events, summary = finished["digits"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["kind"] == "run-accepted"
    assert events[-1]["kind"] == "run-succeeded"
    assert {"run", "state", "steps", "notebook"} <= set(summary)
    assert all({"state", "duration_s", "attempts"} <= set(s) for s in summary["steps"].values())
    assert {step["state"] for step in summary["steps"].values()} == {"succeeded"}


def test_the_models_are_given_to_ray_at_the_same_time(finished: Mapping[str, Any]) -> None:
    events, _ = finished["digits"]
    at = {(event["kind"], event.get("step")): event["seq"] for event in events}
    models = ("logistic", "forest", "svm")
    # When a second worker is up is Ray's: `test_independent_steps_run_at_the_same_time` waits for
    # it. Here all wait for a worker before the first of them has one.
    queued = [at["step-queued", model] for model in models]
    assert max(queued) < min(at["step-started", model] for model in models)


def test_metrics_are_reported(finished: Mapping[str, Any]) -> None:
    _, summary = finished["digits"]
    assert summary["metrics"]["best_accuracy"] > 0.95
    assert isinstance(summary["metrics"]["mistakes"], int)
    assert isinstance(summary["metrics"]["best_model"], str)


def test_the_users_file_is_never_written(folder: Path, finished: Mapping[str, Any]) -> None:
    for name in finished:
        copies = [place / f"{name}.ipynb" for place in (EXAMPLES, folder)]
        digests = [hashlib.sha256(copy.read_bytes()).hexdigest() for copy in copies]
        assert digests[0] == digests[1]


def test_a_step_that_asks_for_a_gpu_is_refused_with_the_reason_where_there_is_none(
    folder: Path,
) -> None:
    ended = nbprism("run", "diabetes.ipynb", "--set", "boost.gpus=512", cwd=folder)
    assert ended.returncode == 2
    assert "boost" in ended.stderr
    assert "512 GPUs" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_parameter_of_the_wrong_type_or_name_is_refused_before_anything_starts(
    folder: Path,
) -> None:
    for assignment, word in (("trees=many", "trees"), ("tree=3", "trees")):
        ended = nbprism("run", "digits.ipynb", "-p", assignment, cwd=folder)
        assert ended.returncode == 2
        assert word in ended.stderr


def test_values_come_back_by_name(folder: Path, finished: Mapping[str, Any]) -> None:
    _, summary = finished["digits"]
    got = nbprism("get", summary["run"], "split.y_test", cwd=folder)
    assert got.returncode == 0, got.stderr
    assert got.stdout.startswith("[")


def test_runs_are_listed_with_their_metrics(folder: Path, finished: Mapping[str, Any]) -> None:
    listed = nbprism("runs", "digits.ipynb", "--json", cwd=folder)
    (summary,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert summary["run"] == finished["digits"][1]["run"]
    assert summary["metrics"]["best_accuracy"] > 0.95


def test_a_failing_step_is_named_with_its_cell_and_line(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    for step, source in (("load", "xs = [0]"), ("divide", "print('about to')\n1 / xs[0]")):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [f"step:{step}"]})
        notebook.cells.append(cell)
    nbformat.write(notebook, tmp_path / "nb.ipynb")
    ended = nbprism("run", "nb.ipynb", cwd=tmp_path)
    assert ended.returncode == 1
    assert "Step divide failed, cell 2, line 2" in ended.stdout
    assert "ZeroDivisionError" in ended.stdout
    assert "Run failed" in ended.stdout


def test_a_cancelled_run_says_so_and_leaves_nothing_running(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    source = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)"
    notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": ["step:wait"]}))
    nbformat.write(notebook, tmp_path / "nb.ipynb")
    command = [
        sys.executable,
        "-c",
        "from nbprism.cli import main; main()",
        "run",
        "nb.ipynb",
        "--json",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["kind"] == "cell-started" and not event["cell"].startswith("nbprism-"):
                break
        assert until(lambda: bool(written(tmp_path / "pid")))
        nbprism("cancel", event_run(tmp_path), cwd=tmp_path)
        rest = process.stdout.read()
    assert process.returncode == 1
    assert json.loads(rest.splitlines()[-1])["state"] == "cancelled"
    assert until(lambda: is_gone(int(written(tmp_path / "pid"))))


def written(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def event_run(folder: Path) -> str:
    (run,) = (folder / ".nbprism" / "runs").iterdir()
    return run.name


def test_the_cluster_can_be_taken_down_as_soon_as_a_run_has_ended(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)")])
    nbformat.write(notebook, tmp_path / "nb.ipynb")
    assert nbprism("run", "nb.ipynb", cwd=tmp_path).returncode == 0
    ended = nbprism("cluster", "down", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_the_notebook_that_runs_pipelines_does_so_in_a_kernel(tmp_path: Path) -> None:
    # A folder of its own: it runs the digits twice more, which the other tests do not expect.
    folder = shutil.copytree(EXAMPLES, tmp_path / "own", ignore=shutil.ignore_patterns(".*"))
    notebook = nbformat.read(folder / f"{FROM_PYTHON}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": folder}}).execute()
    shown = texts(notebook)
    assert "'best_model': 'support vectors'" in shown["python-4"]
    assert "parameters  trees: 50 -> 10" in shown["python-12"]
    assert "values: X_test, X_train, y_test, y_train" in shown["python-15"]
    assert re.search(r"^forest: run, parameter trees: \d+ -> 20$", shown["python-21"], re.MULTILINE)
    rows = shown["python-24"].splitlines()[-2:]
    assert [row.split()[-1] for row in rows] == ["10", "50"]
    assert (folder / "digits.html").stat().st_size > 10_000


def test_the_notebook_that_sends_cells_to_the_cluster_gets_back_what_they_made(
    tmp_path: Path,
) -> None:
    notebook = nbformat.read(EXAMPLES / f"{ONE_CELL}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": tmp_path}}).execute()
    shown = texts(notebook)
    assert shown["cell-4"].count("epoch") == 5
    here, there = (part.split()[0] for part in shown["cell-6"].split(","))
    assert here == there
    assert shown["cell-9"].startswith("the kernel is free\nfolds [0.9")
    assert "cannot be moved" in shown["cell-12"]
