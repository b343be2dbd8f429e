"""The log file: what is in it stays, a torn end is nobody's problem."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprism.runner import events as ev
from nbprism.runner.errors import LogUnreadable, StoreFull
from nbprism.runner.log import LogTail, LogWriter, read_events, write_log

BOOM = ev.Failure(code="cell-failed", ename="E", evalue="boom", traceback=("a", "b"), line=3)
STEP: dict[str, Any] = {"step": "load", "attempt": 1}
EVERY_KIND: tuple[ev.Event, ...] = (
    ev.RunAccepted(
        seq=1, at=1.5, run="r", pipeline="p", notebook="n", steps=("load",), parameters={"a": [1]}
    ),
    ev.ClusterStarting(seq=2, at=2.0),
    ev.ClusterJoined(seq=3, at=3.0, cpus=2.0, gpus=0.5, memory=7, started=True),
    ev.RunStarted(seq=4, at=3.0, driver_pid=4),
    ev.StepQueued(seq=5, at=3.0, **STEP),
    ev.StepStarted(seq=6, at=3.0, **STEP, pid=1),
    ev.CellStarted(seq=7, at=3.0, **STEP, cell="c"),
    ev.CellOutput(seq=8, at=3.0, **STEP, cell="c", ops=({"op": "clear", "wait": True},)),
    ev.CellEnded(seq=9, at=3.0, **STEP, cell="c", ok=True, execution_count=1, duration_s=0.1),
    ev.StepFailed(seq=10, at=3.0, **STEP, duration_s=1.0, error=BOOM, will_retry=True),
    ev.StepCrashed(seq=11, at=3.0, **STEP, duration_s=1.0, error=BOOM),
    ev.MetricReported(seq=12, at=3.0, step="load", name="acc", value=0.5),
    ev.StepSucceeded(
        seq=13, at=3.0, **STEP, duration_s=1.0, outputs=({"name": "x"},), metrics={"acc": 0.5}
    ),
    ev.StepSkipped(seq=14, at=3.0, step="load", reason="why not"),
    ev.StepCancelled(seq=15, at=3.0, **STEP),
    ev.RunCancelling(seq=16, at=3.0),
    ev.RunSucceeded(seq=17, at=3.0, duration_s=2.0, metrics={"acc": 0.5}, executed="e.ipynb"),
    ev.RunFailed(seq=18, at=3.0, duration_s=2.0, step="load", error=BOOM),
    ev.RunCancelled(seq=19, at=3.0, duration_s=2.0),
    ev.StepReused(seq=20, at=3.0, step="load", from_run="earlier", saved_s=2.5, metrics={"a": 1}),
    ev.StepExpanded(seq=21, at=3.0, **STEP, items=2, labels=("'at'", "'ch'")),
    ev.InputChanged(seq=22, at=3.0, step="load", name="df", takers=("plot",)),
    ev.StepCancelling(seq=23, at=3.0, step="load"),
    ev.StepOutdated(seq=24, at=3.0, step="load", attempt=1, reason="step 'a' changed `x`"),
    ev.StepWithdrawn(seq=25, at=3.0, step="load", attempt=1, reason="step 'a' changed `x`"),
)


def test_the_table_has_every_kind() -> None:
    assert {event.kind for event in EVERY_KIND} == set(ev.KINDS)


@pytest.mark.parametrize("event", EVERY_KIND, ids=lambda event: event.kind)
def test_an_event_survives_its_json(event: ev.Event) -> None:
    assert ev.from_json(json.loads(json.dumps(ev.to_json(event)))) == event


def test_a_log_gives_back_what_was_written(tmp_path: Path) -> None:
    write_log(tmp_path / "log", EVERY_KIND)
    assert read_events(tmp_path / "log") == list(EVERY_KIND)


def test_a_log_can_be_read_after_a_number(tmp_path: Path) -> None:
    write_log(tmp_path / "log", EVERY_KIND)
    assert [event.seq for event in read_events(tmp_path / "log", after=17)] == [
        18,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
    ]


def test_cell_chatter_can_be_left_out(tmp_path: Path) -> None:
    write_log(tmp_path / "log", EVERY_KIND)
    kinds = {event.kind for event in read_events(tmp_path / "log", chatter=False)}
    assert kinds == set(ev.KINDS) - ev.CHATTER


def test_a_fresh_writer_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, EVERY_KIND[:2])
    with path.open("ab") as file:
        file.write(b'{"seq":3,"at":1.0,"ki')
    assert len(read_events(path)) == 2
    with LogWriter(path) as log:
        log.append(EVERY_KIND[2:3])
    assert read_events(path) == list(EVERY_KIND[:3])


@given(cut=st.integers(min_value=0, max_value=4000))
def test_a_log_cut_anywhere_gives_a_prefix(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "log"
    write_log(path, EVERY_KIND)
    path.write_bytes(path.read_bytes()[:cut])
    read = read_events(path)
    assert read == list(EVERY_KIND[: len(read)])


def test_a_tail_gives_each_event_once_and_waits_for_the_newline(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, EVERY_KIND[:2])
    tail = LogTail(path)
    assert tail.read() == list(EVERY_KIND[:2])
    assert tail.read() == []
    line = json.dumps(ev.to_json(EVERY_KIND[2])).encode() + b"\n"
    with path.open("ab", buffering=0) as file:
        file.write(line[:10])
        assert tail.read() == []
        file.write(line[10:])
    assert tail.read() == [EVERY_KIND[2]]


def test_numbers_that_json_does_not_know_are_written_as_text(tmp_path: Path) -> None:
    metric = ev.MetricReported(seq=1, at=1.0, step="s", name="loss", value=math.nan)
    write_log(tmp_path / "log", [metric])
    (read,) = read_events(tmp_path / "log")
    assert isinstance(read, ev.MetricReported)
    assert read.value == "nan"


def test_a_damaged_line_is_reported(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("hello\n")
    with pytest.raises(LogUnreadable, match="damaged line"):
        read_events(tmp_path / "log")


def test_a_newer_log_is_refused_with_the_way_out() -> None:
    with pytest.raises(LogUnreadable, match="upgrade nbprism"):
        ev.from_json({"seq": 1, "at": 1.0, "kind": "step-teleported"})


def test_fields_that_a_newer_version_added_are_ignored() -> None:
    data = {"seq": 2, "at": 1.0, "kind": "cluster-starting", "colour": "blue"}
    assert ev.from_json(data) == ev.ClusterStarting(seq=2, at=1.0)


def test_a_log_goes_on_where_a_full_disk_stopped_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    # In a process of its own, for the limit is one of the whole process.
    code = f"""
import resource, test_log as t
with t.LogWriter(t.Path({str(path)!r})) as log:
    log.append(t.EVERY_KIND[:2])
    size = t.Path({str(path)!r}).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))
    try:
        log.append(t.EVERY_KIND[2:4])
    except t.StoreFull:
        assert len(t.read_events(t.Path({str(path)!r}))) == 2
    else:
        raise AssertionError("there was room")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    log.append(t.EVERY_KIND[4:5])
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)
    assert read_events(path) == list(EVERY_KIND[:5])


def test_a_full_disk_is_reported_as_such() -> None:
    with LogWriter(Path("/dev/full")) as log, pytest.raises(StoreFull, match="cannot be written"):
        log.append(EVERY_KIND[:1])
