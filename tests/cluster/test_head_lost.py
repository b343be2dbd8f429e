"""The head of a cluster goes, and all that it had: what is said, and what can be done."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from heads import Head, running
from nbformat import v4
from storage import S3

import nbprism
from nbprism.cli import main
from nbprism.runner.store import Store

pytestmark = pytest.mark.timeout(600)
SAID_S = 60.0
"""A line that was cut in silence is noticed after about 15 s; a busy machine takes longer."""


@pytest.fixture(autouse=True)
def _no_relay_left() -> Iterator[None]:
    """End the relay of the lost run: it would go on asking for ten minutes."""
    yield
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # workers of Ray come and go
            if "nbprism.runner.remote.relay" in process.cmdline():
                process.kill()
                process.wait(10)


@pytest.fixture
def doomed(environment: Path, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    """Start a head of its own, that the test may kill."""
    with running(environment, tmp_path_factory.mktemp("doomed"), s3.credentials) as found:
        yield found


def kill(head: Head) -> None:
    """End all of the head at once, as a power loss does."""
    family = [
        *psutil.Process(head.process.pid).children(recursive=True),
        psutil.Process(head.process.pid),
    ]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # it went with one before it
            process.kill()
    psutil.wait_procs(family, timeout=10)
    head.process.wait(10)
    shutil.rmtree(head.folder, ignore_errors=True)


def until(true: object, within_s: float) -> None:
    assert callable(true)
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_lost_head_is_said_in_time_and_another_cluster_takes_up_what_is_kept(
    doomed: Head, head: Head, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in s3.credentials.items():
        monkeypatch.setenv(name, text)
    store = s3.address()
    listed = tmp_path / "clusters.toml"
    listed.write_text(
        "".join(
            f'[{name}]\nurl = "{which.url}"\nstore = "{store}"\n'
            f'headers = {{ Authorization = "Bearer {which.token}" }}\n'
            for name, which in {"doomed": doomed, "another": head}.items()
        )
    )
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(listed))
    notebook = v4.new_notebook()
    wait = f"import pathlib, time\nwhile not pathlib.Path('{tmp_path}/go').exists():\n    time.sleep(0.1)\n"
    for name, source in {"make": "x = list(range(9))", "use": f"{wait}print(sum(x))"}.items():
        notebook.cells.append(v4.new_code_cell(source, metadata={"tags": [f"step:{name}"]}))
    (tmp_path / "work").mkdir()
    path = tmp_path / "work" / "nb.ipynb"
    path.write_text(v4.writes(notebook))

    run = nbprism.submit(path, cluster="doomed")
    until(lambda: run["use"].state == "running", within_s=120)
    until(lambda: run.summary["unheard"] is None, within_s=SAID_S)
    kill(doomed)
    until(lambda: run.summary["unheard"] is not None, within_s=SAID_S)
    assert "does not answer" in run.summary["unheard"]["why"]
    assert run.state == "running"  # nobody knows better

    (tmp_path / "go").touch()
    resumed = CliRunner().invoke(
        main, ["resume", run.id, "--store", str(run.folder.store), "--cluster", "another"]
    )
    assert resumed.exit_code == 0, resumed.output
    again = nbprism.Run(Store.beside(path).runs()[0])
    assert [again[step].state for step in ("make", "use")] == ["reused", "succeeded"]
    assert again.outputs["use"].text == "36\n"
