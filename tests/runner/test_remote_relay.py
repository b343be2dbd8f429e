"""The relay: what a job tells is written down at home, once, whatever the line does."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from cut_line import OneJob, behind_a_line

from nbprism.compiler import Plan
from nbprism.compiler.fingerprint import CodeParts
from nbprism.results.timeline import timeline_of
from nbprism.runner import events as ev
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.events import Event, to_json
from nbprism.runner.remote import jobs as jobs_module
from nbprism.runner.remote import relay
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.fetch import told_pieces
from nbprism.runner.remote.jobs import Job, Jobs
from nbprism.runner.remote.telling import (
    EventLine,
    FileLine,
    GroundLine,
    Line,
    PieceLine,
    WholeLine,
    understood,
    written,
)
from nbprism.runner.store import RunFolder, Store

CLUSTER = RemoteCluster("http://head:8265")
ENDED = Job("FAILED", "killed\n")
ENDED_WELL = Job("SUCCEEDED", "")


class ScriptedJobs(Jobs):
    """A cluster whose job tells what the script says, a connection at a time."""

    def __init__(self, script: Sequence[Sequence[str | BaseException]], then: Job | None) -> None:
        super().__init__(CLUSTER)
        self._script = [list(lines) for lines in script]
        self._then = then
        self.submitted: list[str] = []
        self.stopped: list[str] = []

    def find(self, job: str) -> Job | None:
        if not self.submitted:
            return None
        return Job("RUNNING", "") if self._script else self._then

    def upload(self, name: str, content: bytes) -> str:
        assert content
        return f"gcs://{name}"

    def submit(
        self,
        job: str,
        entrypoint: str = "",
        runtime_env: Mapping[str, Any] | None = None,
        *_: object,
    ) -> None:
        self.submitted.append(job)
        self.environment = runtime_env or {}

    def stop(self, job: str) -> None:
        self.stopped.append(job)

    def output(self, job: str) -> Iterator[str]:
        for line in self._script.pop(0) if self._script else ():
            if isinstance(line, BaseException):
                raise line
            yield line


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "AGAIN_S", 0.001)


@pytest.fixture
def run(tmp_path: Path, make_plan: Callable[..., Plan]) -> RunFolder:
    folder = tmp_path / "work"
    folder.mkdir()
    plan = make_plan({"load": ""})
    store = Store(tmp_path / "store")
    return store.create_run(plan, notebook_path=folder / "nb.ipynb", cluster=CLUSTER.url)


def story() -> list[Event]:
    return [
        ev.RunStarted(seq=2, at=2.0, driver_pid=1),
        ev.StepQueued(seq=3, at=3.0, step="load", attempt=1),
        ev.StepStarted(seq=4, at=4.0, step="load", attempt=1, pid=1),
        ev.StepSucceeded(seq=5, at=5.0, step="load", attempt=1, duration_s=1.0),
        ev.RunSucceeded(seq=6, at=6.0, duration_s=4.0, executed="/there/executed.ipynb"),
    ]


def lines(events: Sequence[Event]) -> list[str]:
    return [written(EventLine(to_json(event))) for event in events]


def kinds(run: RunFolder) -> list[str]:
    return [event.kind for event in run.events()]


def bring_home(run: RunFolder, jobs: ScriptedJobs) -> str:
    return relay.Relay(run, CLUSTER, jobs).bring_home().phase


WHOLE = ["run-accepted", *(event.kind for event in story())]


def test_what_the_job_tells_is_the_log_at_home(run: RunFolder) -> None:
    jobs = ScriptedJobs([["hello", *lines(story())]], None)
    assert bring_home(run, jobs) == "succeeded"
    assert kinds(run) == WHOLE
    assert run.summary()["executed"] == str(run.executed_path())


def test_a_line_that_breaks_loses_and_doubles_nothing(run: RunFolder) -> None:
    told = lines(story())
    torn = told[2][:20]
    script = [[*told[:2], torn], [ClusterUnreachable("away")], told]
    assert bring_home(run, ScriptedJobs(script, None)) == "succeeded"
    assert kinds(run) == WHOLE


def test_a_second_relay_takes_the_same_job_up(run: RunFolder) -> None:
    jobs = ScriptedJobs([[*lines(story())[:3], KeyboardInterrupt()]], None)
    with pytest.raises(KeyboardInterrupt):
        bring_home(run, jobs)
    again = ScriptedJobs([lines(story())], None)
    again.submitted.append(run.id)
    assert bring_home(run, again) == "succeeded"
    assert again.submitted == [run.id]
    assert kinds(run) == WHOLE


def test_files_come_before_the_event_that_speaks_of_them_and_stay_in_the_run(
    run: RunFolder,
) -> None:
    good = written(FileLine("outputs/load.json", b"{}"))
    assert bring_home(run, ScriptedJobs([[good, *lines(story())]], None)) == "succeeded"
    assert run.manifest_path("load").read_bytes() == b"{}"


def test_a_file_outside_the_run_is_refused(run: RunFolder) -> None:
    bad = written(FileLine("../../escaped", b"x"))
    assert bring_home(run, ScriptedJobs([[bad, *lines(story())]], None)) == "failed"
    assert not (run.path.parent.parent / "escaped").exists()


def test_a_job_that_ends_without_a_word_ends_the_run(run: RunFolder) -> None:
    jobs = ScriptedJobs([lines(story())[:3]], ENDED)
    assert bring_home(run, jobs) == "failed"
    summary = run.summary()
    assert summary["error"]["code"] == "job-lost"
    assert "killed" in summary["error"]["evalue"]
    assert summary["steps"]["load"]["state"] == "crashed"


def test_a_cancelled_job_that_is_killed_is_cancelled(run: RunFolder) -> None:
    run.request_cancel()
    jobs = ScriptedJobs([lines(story())[:3]], replace(ENDED, status="STOPPED"))
    assert bring_home(run, jobs) == "cancelled"


GROUND = {
    "python": "3.11.2", "old": False, "executable": "/bin/python", "host": "head", "lacks": [],
    "versions": {}, "store": "/tmp/store", "problem": None, "free_bytes": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lacks": ["papermill", "ipykernel"]}, r'install = \["papermill", "ipykernel"\]'),
        ({"problem": "Permission denied"}, "/tmp/store cannot be written on head"),
        ({"python": "3.8.1", "old": True}, "Python is 3.8.1; nbprism needs 3.11"),
    ],
)
def test_what_the_cluster_lacks_ends_the_run_with_what_to_do(
    run: RunFolder, wrong: dict[str, object], said: str
) -> None:
    told = written(GroundLine(GROUND | wrong))
    assert bring_home(run, ScriptedJobs([[told]], ENDED)) == "failed"
    error = run.summary()["error"]
    assert error["code"] == "cluster-lacks"
    assert re.search(said, error["evalue"])


def test_good_ground_is_gone_on_from(run: RunFolder) -> None:
    told = [written(GroundLine(GROUND)), *lines(story())]
    assert bring_home(run, ScriptedJobs([told], None)) == "succeeded"


@pytest.mark.parametrize(
    "line",
    [EventLine({"seq": 1}), FileLine("a/b", bytes(range(256))), PieceLine(b"\n\0"), WholeLine()],
)
def test_lines_say_again_what_was_written(line: Line) -> None:
    assert "\n" not in written(line)
    assert understood(written(line)) == line


@pytest.mark.parametrize(
    "text", ["", "hello", "@nbprism ", "@nbprism {}", "@nbprism []", '@nbprism {"piece": "é"}']
)
def test_what_is_no_line_of_ours_is_not_understood(text: str) -> None:
    assert understood(text) is None


def test_what_a_job_told_before_it_ended_counts_though_the_line_had_broken(run: RunFolder) -> None:
    script = [lines(story())[:2], lines(story())]
    jobs = ScriptedJobs(script, ENDED)
    assert bring_home(run, jobs) == "succeeded"


@pytest.mark.parametrize("script", ["ab.", "/ab.", "a/ab.", "ab/ab."])
def test_a_value_that_a_job_tells_is_whole_though_the_line_ends_early(script: str) -> None:
    assert b"".join(told_pieces(telling(script), "d" * 40, CLUSTER)) == b"ab"


def test_a_value_is_gone_only_if_the_cluster_says_so() -> None:
    assert list(told_pieces(telling("."), "d" * 40, CLUSTER)) == []
    with pytest.raises(ClusterUnreachable, match="ended before value"):
        list(told_pieces(telling("//a/ab."), "d" * 40, CLUSTER))


def telling(script: str) -> ScriptedJobs:
    """Return a cluster that tells pieces of a letter; `/` ends the line, `.` says it is whole."""
    told = [[WholeLine() if c == "." else PieceLine(c.encode()) for c in line]
            for line in script.split("/")]  # fmt: skip
    return ScriptedJobs([[written(line) for line in row] for row in told], ENDED_WELL)


def test_since_when_nothing_is_heard_is_said_until_it_is_heard_again(run: RunFolder) -> None:
    seen: list[dict[str, Any]] = []

    class Silent(ScriptedJobs):
        def find(self, job: str) -> Job | None:
            if self.submitted and len(seen) < 2:
                seen.append(run.summary())
                raise ClusterUnreachable("the head is gone")
            return super().find(job)

    assert bring_home(run, Silent([lines(story())], None)) == "succeeded"
    assert seen[0]["unheard"] is None
    assert seen[1]["unheard"]["why"] == "the head is gone"
    assert seen[1]["state"] == "accepted"
    assert run.summary()["unheard"] is None
    assert not (run.path / "unheard.json").exists()


def test_a_line_that_is_cut_in_silence_is_said_and_when_it_heals_nothing_is_lost_or_doubled(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "SILENCE_S", 0.05)
    monkeypatch.setattr(jobs_module, "TIMEOUT", httpx.Timeout(1.0))
    monkeypatch.setattr(jobs_module, "FIND", httpx.Timeout(1.0))
    told, cluster = lines(story()), OneJob()
    with behind_a_line(cluster) as (line, url), Jobs(RemoteCluster(url)) as jobs:
        cluster.told += told[:3]
        relaying = threading.Thread(target=relay.Relay(run, CLUSTER, jobs).bring_home)
        relaying.start()
        until(lambda: run.state().seq == 4)
        line.cut()
        cluster.told += told[3:4]
        until(lambda: "does not answer" in str(run.summary()["unheard"]))
        assert run.summary()["state"] == "running"
        line.heal()
        until(lambda: run.state().seq == 5 and run.summary()["unheard"] is None)
        cluster.told += told[4:]
        relaying.join(60)
    assert kinds(run) == WHOLE
    assert cluster.submitted == [run.id]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
def test_clocks_that_differ_change_no_order_and_no_duration(run: RunFolder, ahead_s: float) -> None:
    [accepted] = run.events()
    there = [replace(event, at=accepted.at + event.at + ahead_s) for event in story()]
    # What a driver reckons that began, by its clock, an hour before or after it was submitted.
    there[-1] = replace(there[-1], duration_s=max(0.0, there[-1].at - accepted.at))
    jobs = ScriptedJobs([lines(there)], None)
    jobs.ahead_s = ahead_s
    assert bring_home(run, jobs) == "succeeded"
    assert kinds(run) == WHOLE
    assert run.summary()["duration_s"] == pytest.approx(6.0)
    [took] = timeline_of(run.events())
    assert (took.queued_s, took.started_s, took.ended_s) == pytest.approx((3.0, 4.0, 5.0))


def test_a_clock_that_jumps_back_gives_no_negative_time(run: RunFolder) -> None:
    [accepted] = run.events()
    back = [replace(event, at=accepted.at - 100 * event.at) for event in story()]
    assert bring_home(run, ScriptedJobs([lines(back)[:3]], ENDED)) == "failed"
    assert [event.seq for event in run.events()] == [*range(1, len(run.events()) + 1)]
    summary = run.summary()
    assert summary["steps"]["load"]["duration_s"] >= 0
    assert summary["duration_s"] >= 0


def test_a_cluster_that_is_no_longer_listed_loses_the_run_until_it_is_back(
    tmp_path: Path, make_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "clusters.toml"
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(listed))
    (tmp_path / "work").mkdir()
    plan = make_plan({"load": ""})
    run = Store(tmp_path / "store").create_run(
        plan, notebook_path=tmp_path / "work" / "nb.ipynb", cluster="farm"
    )
    assert relay.relay(run) == 1
    summary = run.summary()
    assert (summary["state"], summary["error"]["code"]) == ("lost", "cluster-unknown")
    assert "There is no cluster 'farm'" in summary["error"]["evalue"]
    assert "Put the cluster back" in summary["error"]["hint"]
    listed.write_text(f'[farm]\nurl = "{CLUSTER.url}"\n')
    jobs = ScriptedJobs([lines(story())], None)
    monkeypatch.setattr(relay, "Jobs", lambda _: jobs)
    assert relay.relay(run) == 0
    assert run.summary()["state"] == "succeeded"


def test_a_step_that_shall_stop_is_named_to_the_cluster_once(run: RunFolder) -> None:
    stopped = threading.Event()

    class Marked(ScriptedJobs):
        def submit(self, job: str, entrypoint: str = "", *_: Any) -> None:
            super().submit(job)
            if "remote.mark" in entrypoint:
                assert entrypoint.split()[-2:] == [run.id, "load"]
                stopped.set()

        def output(self, job: str) -> Iterator[str]:
            if not stopped.is_set():
                run.request_step_cancel("load")
                assert stopped.wait(60)
            return super().output(job)

    jobs = Marked([lines(story())], None)
    assert bring_home(run, jobs) == "succeeded"
    assert len(jobs.submitted) == 2


def test_what_the_notebook_imports_is_installed_there_as_it_is_here(
    tmp_path: Path, make_plan: Callable[..., Plan]
) -> None:
    (tmp_path / "local_module.py").touch()
    plan = make_plan({"load": ""})
    parts = CodeParts(packages=("local_module", "nbformat", "ray", "yaml"))
    plan = replace(plan, units=(replace(plan.units[0], parts=parts),))
    run = Store(tmp_path / "store").create_run(
        plan, notebook_path=tmp_path / "nb.ipynb", cluster=CLUSTER.url
    )
    jobs = ScriptedJobs([lines(story())], None)
    cluster = replace(CLUSTER, install=("papermill",), like_here=True)
    assert relay.Relay(run, cluster, jobs).bring_home().phase == "succeeded"
    pinned = [f"{name}=={version(name)}" for name in ("nbformat", "PyYAML")]
    assert jobs.environment["pip"] == ["papermill", *pinned]


def test_a_head_that_was_lost_and_started_anew_ends_the_run_as_replaced(run: RunFolder) -> None:
    jobs = ScriptedJobs([lines(story())[:3]], None)
    assert bring_home(run, jobs) == "failed"
    error = run.summary()["error"]
    assert error["code"] == "cluster-replaced"
    assert "nbprism resume" in error["hint"]
