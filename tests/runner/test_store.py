"""The store: runs appear whole, a key makes one run, the summary is told from the log."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from vanishing import VanishingFile

from nbprism.compiler.plan import Plan
from nbprism.runner import events as ev
from nbprism.runner import layout
from nbprism.runner.errors import LogUnreadable, RunConflict, RunNotFound, StoreError
from nbprism.runner.locks import held
from nbprism.runner.log import LogWriter
from nbprism.runner.options import RunOptions
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.summary import GRACE_S, state_of, summarise

STEP: dict[str, Any] = {"step": "load", "attempt": 1}
BOOM = ev.Failure(code="cell-failed", ename="ValueError", evalue="boom", cell="c1", hint="fix it")


def append(run: RunFolder, *events: ev.Event) -> None:
    with LogWriter(run.log_path) as log:
        log.append(events)


def test_a_new_run_is_accepted_and_whole(run: RunFolder, tmp_path: Path) -> None:
    assert run.plan().pipeline == "digits"
    assert [event.kind for event in run.events()] == ["run-accepted"]
    summary = run.summary()
    assert summary["state"] == "accepted"
    assert summary["notebook"] == str(tmp_path / "digits.ipynb")
    assert summary["parameters"] == {"lr": 0.1}
    assert summary["steps"]["load"] == {"state": "waiting", "duration_s": None, "attempts": 0}
    json.dumps(summary)


def test_a_plan_comes_back_from_the_run_as_it_was(
    store: Store, make_plan: Any, tmp_path: Path
) -> None:
    plan: Plan = make_plan({"load": "", "train": "load"})
    run = store.create_run(plan, notebook_path=tmp_path / "n.ipynb")
    assert run.plan().to_json() == plan.to_json()


def test_what_a_run_was_told_to_do_is_in_its_first_event(
    store: Store, make_plan: Any, tmp_path: Path
) -> None:
    told = RunOptions(cache=False, from_step="train", resumes="an-earlier-run", sweep="s")
    run = store.create_run(
        make_plan({"load": ""}), notebook_path=tmp_path / "n.ipynb", options=told
    )
    accepted = run.events()[0]
    assert {name: getattr(accepted, name) for name in asdict(told)} == asdict(told)


def test_the_store_keeps_itself_out_of_git(run: RunFolder) -> None:
    assert (run.store / ".gitignore").read_text() == "*\n"


def test_the_default_store_is_beside_the_notebook(tmp_path: Path) -> None:
    assert Store.beside(tmp_path / "a.ipynb").root == tmp_path / ".nbprism"


def test_runs_are_listed_newest_first(store: Store, make_plan: Any, tmp_path: Path) -> None:
    made = [
        store.create_run(
            make_plan({"load": ""}, name=name),
            notebook_path=tmp_path / "n.ipynb",
        ).id
        for name in ("zeta", "alpha", "middle")
    ]
    assert [run.id for run in store.runs()] == made[::-1]


def test_nothing_half_made_is_ever_listed(store: Store, run: RunFolder) -> None:
    (store.runs_path / ".20260101-000000-x-0000.abc.tmp").mkdir()
    assert [found.id for found in store.runs()] == [run.id]


def test_a_plan_that_cannot_be_written_leaves_nothing(
    store: Store, make_plan: Any, tmp_path: Path
) -> None:
    store.root.mkdir()
    store.runs_path.write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        store.create_run(make_plan({"load": ""}), notebook_path=tmp_path / "n.ipynb")


@pytest.mark.parametrize("run_id", ["nope", "../runs", "", "20260101-000000-x-0000"])
def test_an_unknown_run_is_not_found(store: Store, run: RunFolder, run_id: str) -> None:
    with pytest.raises(RunNotFound, match="There is no run"):
        store.run(run_id)


def test_a_submit_key_makes_one_run(store: Store, make_plan: Any, tmp_path: Path) -> None:
    runs = [
        store.create_run(
            make_plan({"load": ""}),
            notebook_path=tmp_path / "n.ipynb",
            submit_key=key,
        ).id
        for key in ("k1", "k1", "k2")
    ]
    assert runs[0] == runs[1] != runs[2]
    assert len(store.runs()) == 2


def test_fifty_submits_at_once_with_one_key_make_one_run(
    store: Store, make_plan: Any, tmp_path: Path
) -> None:
    plan: Plan = make_plan({"load": ""})
    found: list[str] = []

    def submit() -> None:
        run = store.create_run(plan, notebook_path=tmp_path / "n.ipynb", submit_key="double click")
        found.append(run.id)

    threads = [threading.Thread(target=submit) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert len(set(found)) == 1
    assert len(store.runs()) == 1
    assert [path.name for path in store.runs_path.iterdir()] == [found[0]]


def test_a_key_whose_run_was_never_made_is_free_again(
    store: Store, make_plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbprism.runner.store.CLAIM_DEADLINE_S", 0.05)
    plan: Plan = make_plan({"load": ""})
    first = store.create_run(plan, notebook_path=tmp_path / "n.ipynb", submit_key="k")
    first.path.rename(tmp_path / "gone")
    again = store.create_run(plan, notebook_path=tmp_path / "n.ipynb", submit_key="k")
    assert store.runs()[0].id == again.id


def test_many_that_wait_for_a_run_that_was_never_made_agree_on_another(
    store: Store, make_plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: Plan = make_plan({"load": ""})
    first = store.create_run(plan, notebook_path=tmp_path / "n.ipynb", submit_key="k")
    first.path.rename(tmp_path / "gone")
    monkeypatch.setattr("nbprism.runner.store.CLAIM_DEADLINE_S", 2.0)
    with ThreadPoolExecutor(30) as pool:
        submits = [
            pool.submit(store.create_run, plan, notebook_path=tmp_path / "n.ipynb", submit_key="k")
            for _ in range(30)
        ]
        found = {submit.result().id for submit in submits}
    assert found == {run.id for run in store.runs()}
    assert len(found) == 1


def test_a_key_that_is_set_free_while_it_is_read_is_not_claimed(
    store: Store, make_plan: Any, tmp_path: Path
) -> None:
    class Racing(Store):
        def _key_path(self, submit_key: str) -> Path:
            return VanishingFile(super()._key_path(submit_key))

    plan: Plan = make_plan({"load": ""})
    first = store.create_run(plan, notebook_path=tmp_path / "n.ipynb", submit_key="k")
    again = Racing(store.root).create_run(plan, notebook_path=tmp_path / "n.ipynb", submit_key="k")
    assert {run.id for run in store.runs()} == {first.id, again.id}


def test_a_run_without_any_driver_is_lost_after_a_grace(run: RunFolder) -> None:
    state = state_of(run.events())
    at = run.events()[0].at
    assert summarise(state, alive=False, now=at + 1)["state"] == "accepted"
    assert summarise(state, alive=True, now=at + GRACE_S + 1)["state"] == "accepted"
    lost = summarise(state, alive=False, now=at + GRACE_S + 1)
    assert lost["state"] == "lost"
    assert lost["error"]["code"] == "driver-lost"
    assert lost["steps"]["load"]["state"] == "skipped"


def test_a_run_whose_driver_died_is_lost_at_once(run: RunFolder) -> None:
    append(
        run,
        ev.ClusterStarting(seq=2, at=1.0),
        ev.RunStarted(seq=3, at=1.0, driver_pid=1),
        ev.StepQueued(seq=4, at=1.0, **STEP),
        ev.StepStarted(seq=5, at=1.0, **STEP, pid=1),
    )
    with held(run.lock_path):
        assert run.summary()["state"] == "running"
    summary = run.summary()
    assert summary["state"] == "lost"
    assert summary["steps"]["load"]["state"] == "lost"
    assert summary["steps"]["train"]["state"] == "skipped"


def test_a_failed_run_tells_its_step_and_why(run: RunFolder) -> None:
    append(
        run,
        ev.RunStarted(seq=2, at=1.0, driver_pid=1),
        ev.StepQueued(seq=3, at=1.0, **STEP),
        ev.StepStarted(seq=4, at=1.0, **STEP, pid=1),
        ev.CellStarted(seq=5, at=1.0, **STEP, cell="c1"),
        ev.StepFailed(seq=6, at=2.0, **STEP, duration_s=1.0, error=BOOM),
        ev.StepSkipped(seq=7, at=2.0, step="train", reason="step 'load' failed"),
        ev.RunFailed(seq=8, at=2.0, duration_s=1.5, step="load", error=BOOM),
    )
    summary = run.summary()
    assert summary["state"] == "failed"
    assert summary["error"] == {"step": "load", **BOOM.to_json()}
    assert summary["duration_s"] == 1.5
    assert summary["steps"]["train"]["reason"] == "step 'load' failed"


ACCEPTED = {"seq": 1, "at": 1.0, "kind": "run-accepted", "run": "r", "pipeline": "p"}
DAMAGED = {
    "missing": None,
    "empty": [],
    "torn": ['{"seq":1,'],
    "no JSON": ["not an event\n"],
    "not an object": ["[1]\n"],
    "no first event": [{"seq": 1, "at": 1.0, "kind": "cluster-starting"}],
    "a story that cannot be": [
        {**ACCEPTED, "notebook": "n.ipynb", "steps": ["a"], "parameters": {}, "cluster": "local"},
        {"seq": 2, "at": 1.0, "kind": "step-started", "step": "a", "attempt": 1, "pid": 1},
    ],
    "a text for a number": [{**ACCEPTED, "seq": "one", "notebook": "n.ipynb", "steps": []}],
    "a number for a text": [{**ACCEPTED, "notebook": 5, "steps": 5}],
    "a failure without a code": [
        {"seq": 1, "at": 1.0, "kind": "run-failed", "duration_s": 1, "error": {}}
    ],
}


def damage(run: RunFolder, kind: str) -> None:
    lines = DAMAGED[kind]
    if lines is None:
        run.log_path.unlink()
        return
    texts = [line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines]
    run.log_path.write_text("".join(texts))


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_log_is_one_kind_of_error_and_hides_no_other_run(
    store: Store, run: RunFolder, make_plan: Any, tmp_path: Path, kind: str
) -> None:
    bad = store.create_run(make_plan({"load": ""}), notebook_path=tmp_path / "digits.ipynb")
    damage(bad, kind)
    with pytest.raises(LogUnreadable):
        bad.summary()
    listed = {summary["run"]: summary for summary in map(RunFolder.listed, store.runs())}
    assert {name: summary["state"] for name, summary in listed.items()} == {
        run.id: "accepted",
        bad.id: "lost",
    }
    assert listed[bad.id]["error"]["code"] == "log-unreadable"
    assert listed[bad.id]["pipeline"] == "digits"
    assert abs(listed[bad.id]["created_at"] - listed[run.id]["created_at"]) < 60
    assert listed[bad.id].keys() == listed[run.id].keys()


def test_cancel_can_be_asked_for_twice(run: RunFolder) -> None:
    run.request_cancel()
    run.request_cancel()
    assert run.cancel_requested()


def test_a_finished_run_cannot_be_cancelled(run: RunFolder) -> None:
    append(run, ev.RunFailed(seq=2, at=1.0, duration_s=1.0, error=BOOM))
    with pytest.raises(RunConflict, match="it is failed already"):
        run.request_cancel()


def test_paths_of_a_run_are_where_the_contract_says(run: RunFolder) -> None:
    names = [
        run.manifest_path("train"),
        run.manifest_path("train", 2),
        layout.executed_unit(run.path, "train", 2),
        run.executed_path(),
    ]
    assert [str(path.relative_to(run.path)) for path in names] == [
        "outputs/train.json", "outputs/train.2.json", "outputs/train.2.ipynb", "executed.ipynb",
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["s3://bucket/runs", "gs://bucket", "file:///tmp/x"])
def test_an_address_is_not_taken_for_a_folder(address: str) -> None:
    for root in (address, Path(address)):
        with pytest.raises(StoreError, match=r"is no folder.*`store` of a cluster"):
            Store(root)  # type: ignore[arg-type]
