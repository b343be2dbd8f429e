"""The driver on a real Ray: parallel steps, workers and drivers that are killed, cancelling."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import is_gone, until

from nbprism.compiler.plan import Plan, Unit
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import events as ev
from nbprism.runner.cluster import local
from nbprism.runner.cluster.capacity import local_capacity
from nbprism.runner.cluster.free import Free
from nbprism.runner.cluster.home import ClusterRecord
from nbprism.runner.errors import RunConflict
from nbprism.runner.launch import start_driver
from nbprism.runner.store import RunFolder, Store

pytestmark = pytest.mark.usefixtures("cluster")

NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
Start = Callable[..., RunFolder]


@pytest.fixture
def start(store: Store, tmp_path: Path) -> Start:
    """Start a run of stand-in units: `{"step": "what it needs"}`."""

    def start(
        needs: Mapping[str, str], settings: Mapping[str, StepSettings] | None = None
    ) -> RunFolder:
        units = tuple(
            Unit(
                step=step,
                cells=(),
                needs=tuple(text.split()),
                inputs={},
                outputs=(),
                metrics=(),
                parameters={},
                settings=(settings or {}).get(step, StepSettings()),
                fingerprint=step,  # two that are equal would be computed once
                notebook=NOTEBOOK,
            )
            for step, text in needs.items()
        )
        plan = Plan(pipeline="stand-ins", parameters={}, units=units, notebook=NOTEBOOK)
        run = store.create_run(plan, notebook_path=tmp_path / "stand-ins.ipynb")
        start_driver(run, ["--execute", "stand_ins:execute"])
        return run

    return start


def finish(run: RunFolder) -> dict[str, object]:
    """Wait until the run has ended and its driver has left it, and return its summary."""
    ended = {"succeeded", "failed", "cancelled", "lost"}
    assert until(lambda: run.summary()["state"] in ended), _said(run)
    assert until(lambda: not run.is_alive()), _said(run)
    return run.summary()


def reached(run: RunFolder, kind: str) -> None:
    assert until(lambda: kind in {event.kind for event in run.events()}, within_s=60), _said(run)


def worker_of(run: RunFolder, step: str = "") -> int:
    return next(
        event.pid
        for event in run.events()
        if isinstance(event, ev.StepStarted) and step in ("", event.step)
    )


def driver_of(run: RunFolder) -> int:
    return next(event.driver_pid for event in run.events() if isinstance(event, ev.RunStarted))


def _said(run: RunFolder) -> str:
    return run.driver_log_path.read_text()


def test_a_chain_of_units_runs_to_its_end(start: Start) -> None:
    run = start({"quick1": "", "quick2": "quick1", "quick3": "quick2"})
    assert finish(run)["state"] == "succeeded"


def test_independent_steps_run_at_the_same_time(start: Start) -> None:
    run = start(
        {"meet1": "", "meet2": ""},
        {"meet1": StepSettings(cpus=0.5), "meet2": StepSettings(cpus=0.5)},
    )
    assert finish(run)["state"] == "succeeded"


def test_a_worker_that_is_killed_crashes_its_step_and_not_the_others(start: Start) -> None:
    run = start({"die": "", "quick1": "", "quick2": "die"})
    summary = finish(run)
    assert summary["state"] == "failed"
    states = {name: step["state"] for name, step in summary["steps"].items()}  # type: ignore[attr-defined]
    assert states == {"die": "crashed", "quick1": "succeeded", "quick2": "skipped"}
    error = summary["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["cell"]) == ("worker-died", "die-cell")
    assert "memory" in error["hint"]


def test_a_killed_worker_is_not_run_again_unless_asked(start: Start) -> None:
    run = start({"recover": ""}, {"recover": StepSettings(retries=1)})
    summary = finish(run)
    assert summary["state"] == "succeeded"
    assert summary["steps"]["recover"]["attempts"] == 2  # type: ignore[index]


def test_a_step_that_sleeps_in_c_is_cancelled(start: Start) -> None:
    run = start({"sleep": "", "quick": "sleep"})
    reached(run, "cell-started")
    run.request_cancel()
    summary = finish(run)
    assert summary["state"] == "cancelled"
    assert until(lambda: is_gone(worker_of(run)))


def test_what_a_step_reserves_is_not_free_until_it_is_over(start: Start) -> None:
    has = local_capacity()
    all_free = Free(has.cpus, has.gpus, has.memory)
    assert until(lambda: local.free() == all_free)
    run = start({"sleep": ""}, {"sleep": StepSettings(memory=2**30)})
    taken = Free(has.cpus - 1, has.gpus, has.memory - 2**30)
    assert until(lambda: local.free() == taken), _said(run)
    run.request_cancel()
    assert until(lambda: local.free() == all_free)
    assert finish(run)["state"] == "cancelled"


def test_one_step_is_cancelled_while_the_others_go_on(start: Start) -> None:
    run = start({"sleep": "", "quick1": "", "quick2": "sleep", "quick3": "quick1"})
    assert until(lambda: run.state().steps["sleep"].phase == "running")
    run.request_step_cancel("sleep")
    summary = finish(run)
    states = {name: step["state"] for name, step in summary["steps"].items()}  # type: ignore[attr-defined]
    assert states == {
        "sleep": "cancelled", "quick1": "succeeded", "quick2": "skipped", "quick3": "succeeded",
    }  # fmt: skip
    assert summary["state"] == "failed"
    assert summary["error"]["code"] == "step-cancelled"  # type: ignore[index]
    assert until(lambda: is_gone(worker_of(run, "sleep")))
    with pytest.raises(RunConflict, match="it is cancelled already"):
        run.request_step_cancel("sleep")


def test_a_driver_that_is_killed_leaves_a_lost_run_and_no_worker(start: Start) -> None:
    run = start({"sleep": ""})
    reached(run, "step-started")
    os.kill(driver_of(run), signal.SIGKILL)
    assert finish(run)["state"] == "lost"
    assert until(lambda: is_gone(worker_of(run)))


def test_a_driver_that_is_terminated_cancels_its_run(start: Start) -> None:
    run = start({"sleep": ""})
    reached(run, "step-started")
    os.kill(driver_of(run), signal.SIGTERM)
    assert finish(run)["state"] == "cancelled"
    assert until(lambda: is_gone(worker_of(run)))


def test_many_outputs_all_arrive_in_order(start: Start) -> None:
    run = start({"much": ""})
    assert finish(run)["state"] == "succeeded"
    texts = [
        event.ops[0]["output"]["text"][:4]
        for event in run.events()
        if isinstance(event, ev.CellOutput)
    ]
    assert texts == [f"{index:04}" for index in range(1000)]


def test_a_cluster_that_is_killed_ends_its_run_as_failed(
    start: Start, cluster: ClusterRecord
) -> None:
    run = start({"sleep": ""})
    reached(run, "step-started")
    os.kill(cluster.keeper.pid, signal.SIGKILL)
    summary = finish(run)
    assert summary["state"] == "failed"
    assert summary["error"]["code"] in {"cluster-lost", "node-lost", "worker-died"}  # type: ignore[index]
    assert until(lambda: is_gone(worker_of(run)))
