"""A driver that stands by: the next run costs neither Python nor Ray, and is as alone as any."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pytest
from collector import Collector
from conftest import is_gone, until

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner import standby
from nbprism.runner.cluster import local
from nbprism.runner.cluster.home import ClusterRecord
from nbprism.runner.launch import submit
from nbprism.runner.store import RunFolder, Store

pytestmark = pytest.mark.usefixtures("cluster")

Ran = Callable[[str], RunFolder]


@pytest.fixture
def ran(store: Store, tmp_path: Path) -> Ran:
    """Run a notebook of one cell to its end."""

    def ran(source: str) -> RunFolder:
        cell = nbformat.v4.new_code_cell(source, id="only")
        cell.metadata["tags"] = ["step:only"]
        path = tmp_path / "one.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        notebook = read_notebook(path)
        run = submit(store, make_plan(notebook, compile_notebook(notebook), {}), notebook_path=path)
        assert until(lambda: run.summary()["state"] == "succeeded", within_s=60), _said(run)
        assert until(lambda: not run.is_alive())
        assert until(_stands_by)
        return run

    return ran


def _said(run: RunFolder) -> str:
    return run.driver_log_path.read_text()


def _stands_by() -> bool:
    line = standby.connect(standby._address())
    if line is not None:
        line.close()
    return line is not None


def driver_of(run: RunFolder) -> int:
    return next(event.driver_pid for event in run.events() if isinstance(event, ev.RunStarted))


def worker_of(run: RunFolder) -> int:
    return next(event.pid for event in run.events() if isinstance(event, ev.StepStarted))


def printed(run: RunFolder) -> str:
    outputs = [event for event in run.events() if isinstance(event, ev.CellOutput)]
    text: str = outputs[0].ops[0]["output"]["text"]
    return text.strip()


def test_the_next_run_is_led_by_the_same_driver_and_done_by_a_worker_that_was_there(
    ran: Ran, cluster: ClusterRecord
) -> None:
    ran("x = 0")  # led by a driver that was there, or while one of another test came to stand by
    first = ran("x = 1")
    there = {child.pid for child in psutil.Process(cluster.keeper.pid).children(recursive=True)}
    second = ran("x = 2")
    assert driver_of(second) == driver_of(first)
    # Of the workers that Ray has ready it is often the same, but it need not be.
    assert worker_of(second) in there


def test_each_run_is_sent_to_the_collector_of_who_submits_it(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran("x = 1")
    with Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        traced = ran("x = 3")
        assert until(lambda: bool(collector.requests)), _said(traced)
    run, step, *cells = collector.spans
    assert (run.name, step.name) == ("one", "only")
    assert "cell" in {cell.name for cell in cells if cell.parent_span_id == step.span_id}


def test_the_next_run_has_the_environment_of_who_submits_it(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAID", "first")
    ran("x = 1")
    monkeypatch.setenv("SAID", "second")
    assert printed(ran("import os; print(os.environ['SAID'])")) == "second"
    monkeypatch.delenv("SAID")
    assert printed(ran("import os; print('SAID' in os.environ)")) == "False"


def test_a_local_module_that_was_edited_is_imported_anew(ran: Ran, tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text("value = 1")
    assert printed(ran("import mine; print(mine.value)")) == "1"
    module.write_text("value = 22")
    assert printed(ran("import mine; print(mine.value)")) == "22"


def test_a_standby_ends_with_the_cluster(ran: Ran) -> None:
    driver = driver_of(ran("x = 1"))
    assert not is_gone(driver)
    # It has no lease: a cluster that only has a standby is not in use.
    local.down()
    assert until(lambda: is_gone(driver))


def test_a_killed_keeper_leaves_no_standby_and_no_warm_process(
    ran: Ran, cluster: ClusterRecord
) -> None:
    run = ran("import os; print(os.getppid())")
    warm_process = int(printed(run))
    assert not is_gone(warm_process)
    os.kill(cluster.keeper.pid, signal.SIGKILL)
    assert until(lambda: is_gone(warm_process))
    assert until(lambda: is_gone(driver_of(run)))


def test_a_standby_of_older_code_takes_no_run_and_ends(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ran("x = 1")
    monkeypatch.setattr(standby, "cluster_mark", lambda: "newer")
    assert not standby.hand_over(run, os.environ)
    assert until(lambda: is_gone(driver_of(run)))


def test_a_standby_that_was_killed_is_replaced(ran: Ran) -> None:
    first = ran("x = 1")
    os.kill(driver_of(first), signal.SIGKILL)
    assert until(lambda: is_gone(driver_of(first)))
    assert driver_of(ran("x = 2")) != driver_of(first)
