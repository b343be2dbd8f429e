"""The driver against the fake cluster: whatever happens, the run ends and the log says how."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nbprism.compiler.plan import Plan
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster.fake import DIE, HANG, LOSE_CLUSTER, FakeCluster
from nbprism.runner.cluster.port import ExecuteUnit, Joined, Report
from nbprism.runner.driver import lead
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.locks import held
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.summary import summarise
from nbprism.runner.unit.attempt import UnitSpec

BEGAN: Report = {"kind": "unit-started", "pid": 5, "node": "here"}
CELL: Report = {"kind": "cell-started", "cell": "c1"}
TEXT: Report = {
    "kind": "cell-output",
    "cell": "c1",
    "ops": [{"op": "append", "output": {"output_type": "stream", "name": "stdout", "text": "hi"}}],
}
DONE: Report = {
    "kind": "cell-ended", "cell": "c1", "ok": True, "execution_count": 1, "duration_s": 0.1,
}  # fmt: skip
GOOD: Report = {"kind": "unit-succeeded", "outputs": [], "metrics": {"acc": 1.0}, "duration_s": 0.2}
BAD: Report = {
    "kind": "unit-failed",
    "error": {"code": "cell-failed", "ename": "ValueError", "evalue": "boom", "cell": "c1"},
    "duration_s": 0.2,
}


def scripted(scripts: Mapping[str, list[list[Report]]]) -> ExecuteUnit:
    """Return an `execute_unit` that plays, for each step, one script per attempt."""

    def execute(spec: UnitSpec) -> Iterator[list[Report]]:
        attempts = scripts.get(spec.step, [[BEGAN, CELL, TEXT, DONE, GOOD]])
        yield from ([report] for report in attempts[spec.attempt - 1])

    return execute


def assemble(folder: Path, notebook: Mapping[str, Any], plan: Plan) -> Mapping[str, Any]:
    return {**notebook, "metadata": {"assembled": True}}


Drive = Callable[..., RunFolder]


@pytest.fixture
def drive(store: Store, make_plan: Any, tmp_path: Path) -> Drive:
    """Make a run of a plan and lead it to its end on a fake cluster."""

    def drive(
        needs: Mapping[str, str],
        scripts: Mapping[str, list[list[Report]]] | None = None,
        settings: Mapping[str, StepSettings] | None = None,
        before: Callable[[RunFolder], None] = lambda run: None,
        **cluster: Any,
    ) -> RunFolder:
        plan = make_plan(needs, settings=settings)
        run = store.create_run(plan, notebook_path=tmp_path / "digits.ipynb")
        before(run)
        lead(run, FakeCluster(scripted(scripts or {}), **cluster), assemble)
        return run

    return drive


def kinds(run: RunFolder) -> list[str]:
    return [event.kind for event in run.events()]


def test_a_run_of_two_steps_tells_its_whole_story(drive: Drive) -> None:
    run = drive({"load": "", "train": "load"})
    step = [
        "step-queued", "step-started", "cell-started", "cell-output", "cell-ended",
        "metric-reported", "step-succeeded",
    ]  # fmt: skip
    assert kinds(run) == [
        "run-accepted", "run-started", step[0], "cluster-starting", "cluster-joined", *step[1:], *step,
        "run-succeeded",
    ]  # fmt: skip
    summary = run.summary()
    assert summary["state"] == "succeeded"
    assert summary["metrics"] == {"acc": 1.0}
    assert summary["executed"] == str(run.executed_path())
    assert '"assembled": true' in run.executed_path().read_text()


def test_a_cell_that_raises_fails_the_run_with_the_cell(drive: Drive) -> None:
    run = drive({"load": "", "train": "load"}, {"load": [[BEGAN, CELL, BAD]]})
    summary = run.summary()
    assert summary["state"] == "failed"
    assert (summary["error"]["step"], summary["error"]["cell"]) == ("load", "c1")
    assert summary["steps"]["train"]["state"] == "skipped"


def test_a_worker_that_dies_crashes_the_step_and_names_the_cell(drive: Drive) -> None:
    run = drive({"load": ""}, {"load": [[BEGAN, CELL, DIE]]})
    summary = run.summary()
    assert summary["steps"]["load"]["state"] == "crashed"
    assert (summary["error"]["code"], summary["error"]["cell"]) == ("worker-died", "c1")


def test_a_unit_that_ends_without_a_word_crashes(drive: Drive) -> None:
    run = drive({"load": ""}, {"load": [[BEGAN, CELL]]})
    assert run.summary()["error"]["ename"] == "UnitSilent"


def test_a_crash_is_retried_as_a_new_attempt(drive: Drive) -> None:
    retried = {"load": StepSettings(retries=1, retry_delay_s=0.01)}
    run = drive({"load": ""}, {"load": [[BEGAN, DIE], [BEGAN, GOOD]]}, retried)
    assert run.summary()["state"] == "succeeded"
    assert run.summary()["steps"]["load"]["attempts"] == 2


def test_a_report_that_cannot_be_understood_ends_the_run_as_an_internal_error(
    drive: Drive,
) -> None:
    run = drive({"load": ""}, {"load": [[{"kind": "unit-exploded"}]]})
    summary = run.summary()
    assert summary["state"] == "failed"
    assert summary["error"]["code"] == "internal-error"


def test_a_cluster_that_does_not_come_up_fails_the_run(drive: Drive) -> None:
    run = drive({"load": ""}, refuses=ClusterUnreachable("Ray did not start."))
    summary = run.summary()
    assert summary["state"] == "failed"
    assert summary["error"]["code"] == "cluster-unreachable"
    assert summary["steps"]["load"]["state"] == "skipped"


def test_a_cluster_that_is_too_small_for_a_step_fails_the_run_instead_of_waiting(
    drive: Drive,
) -> None:
    run = drive({"load": ""}, settings={"load": StepSettings(cpus=3.0)})
    error = run.summary()["error"]
    assert error["code"] == "cluster-too-small"
    assert "asks for 3 CPUs; this machine has 2" in error["evalue"]


def test_a_cluster_that_goes_away_ends_the_run(drive: Drive) -> None:
    run = drive({"load": "", "train": "load"}, {"load": [[BEGAN, LOSE_CLUSTER]]})
    summary = run.summary()
    assert summary["state"] == "failed"
    assert summary["error"]["code"] == "cluster-lost"
    assert summary["steps"]["load"]["state"] == "crashed"


def test_a_run_cancelled_before_its_driver_came_starts_no_step(drive: Drive) -> None:
    run = drive({"load": ""}, before=RunFolder.request_cancel)
    assert run.summary()["state"] == "cancelled"
    assert "step-queued" not in kinds(run)


def test_a_run_is_cancelled_while_a_step_hangs(drive: Drive) -> None:
    def cancel_when_running(run: RunFolder) -> None:
        threading.Thread(target=_when, args=(run, "cell-started", run.request_cancel)).start()

    run = drive(
        {"load": "", "train": "load"}, {"load": [[BEGAN, CELL, HANG]]}, before=cancel_when_running
    )
    summary = run.summary()
    assert summary["state"] == "cancelled"
    assert {step["state"] for step in summary["steps"].values()} == {"cancelled"}


def test_a_terminated_driver_cancels_its_run(drive: Drive) -> None:
    def terminate_when_running(run: RunFolder) -> None:
        main = threading.main_thread().ident or 0
        threading.Thread(
            target=_when,
            args=(run, "cell-started", lambda: signal.pthread_kill(main, signal.SIGTERM)),
        ).start()

    run = drive({"load": ""}, {"load": [[BEGAN, CELL, HANG]]}, before=terminate_when_running)
    assert run.summary()["state"] == "cancelled"


def test_a_driver_says_that_it_is_there_before_it_joins_the_cluster(
    run: RunFolder,
) -> None:
    told: list[str] = []

    class Slow(FakeCluster):
        async def join(self) -> Joined:
            told.extend(kinds(run))
            return await super().join()

    lead(run, Slow(scripted({})), assemble)
    assert told == ["run-accepted", "run-started", "step-queued", "cluster-starting"]


def test_a_driver_may_need_most_of_a_minute_to_come(run: RunFolder) -> None:
    accepted = run.events()[0].at
    state = run.state()
    assert summarise(state, alive=False, now=accepted + 50)["state"] == "accepted"


def test_a_run_has_one_driver_ever(drive: Drive) -> None:
    run = drive({"load": ""})
    told = kinds(run)
    assert lead(run, FakeCluster(scripted({})), assemble) == 1
    assert kinds(run) == told


def test_a_second_driver_leaves_a_led_run_alone(run: RunFolder) -> None:
    with held(run.lock_path):
        assert lead(run, FakeCluster(scripted({})), assemble) == 0
    assert kinds(run) == ["run-accepted"]


def test_a_notebook_that_cannot_be_assembled_does_not_fail_the_run(
    store: Store, make_plan: Any, tmp_path: Path
) -> None:
    def broken(*_: object) -> Mapping[str, Any]:
        raise ValueError("no such cell")

    run = store.create_run(make_plan({"load": ""}), notebook_path=tmp_path / "n.ipynb")
    lead(run, FakeCluster(scripted({})), broken)
    assert run.summary()["state"] == "succeeded"
    assert run.summary()["executed"] is None


def _when(run: RunFolder, kind: str, act: Callable[[], None]) -> None:
    """Do something as soon as the log has an event of that kind."""
    looking = threading.Event()
    while kind not in kinds(run):
        looking.wait(0.01)
    act()
