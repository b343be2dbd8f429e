"""A run as a trace: what begins and ends, and inside of what."""

from __future__ import annotations

from typing import Any

from nbprism.runner import events as ev
from nbprism.runner.spans import RUN, Span, spans_of

FAULT = ev.Failure(code="cell-failed", ename="ValueError", evalue="boom")


def story(*told: tuple[type[ev.Event], dict[str, Any]]) -> dict[str, Span]:
    """Return the spans of a run in which one thing happens each second, by key."""
    accepted = ev.RunAccepted(
        seq=1, at=1.0, run="r", pipeline="digits", notebook="n", steps=("load",)
    )
    more = [kind(seq=n, at=float(n), **fields) for n, (kind, fields) in enumerate(told, start=2)]
    return {span.key: span for span in spans_of([accepted, *more])}


LOAD: dict[str, Any] = {"step": "load", "attempt": 1}
CELL: dict[str, Any] = {**LOAD, "cell": "c"}


def test_cells_are_inside_their_attempt_and_that_is_inside_the_run() -> None:
    spans = story(
        (ev.StepQueued, LOAD),
        (ev.StepStarted, {**LOAD, "pid": 1}),
        (ev.CellStarted, CELL),
        (ev.CellEnded, {**CELL, "ok": True}),
        (ev.StepSucceeded, {**LOAD, "duration_s": 1.0, "metrics": {"accuracy": 0.9, "best": "svm"}}),
        (ev.RunSucceeded, {"duration_s": 6.0}),
    )  # fmt: skip
    times = {key: (span.parent, span.begin, span.end) for key, span in spans.items()}
    assert times == {
        RUN: (None, 1.0, 7.0), "load#1": (RUN, 3.0, 6.0), "load#1/c": ("load#1", 4.0, 5.0)
    }  # fmt: skip
    assert spans["load#1"].attributes == {
        "nbprism.step": "load", "nbprism.attempt": 1, "nbprism.queued_s": 1.0,
        "nbprism.state": "succeeded", "nbprism.metric.accuracy": 0.9,
    }  # fmt: skip
    assert spans[RUN].attributes["nbprism.state"] == "succeeded"


def test_a_retry_is_a_span_of_its_own_and_an_error_ends_the_cell_it_was_in() -> None:
    failed = {**LOAD, "duration_s": 1.0, "error": FAULT, "will_retry": True}
    spans = story(
        (ev.StepQueued, LOAD),
        (ev.StepStarted, {**LOAD, "pid": 1}),
        (ev.CellStarted, CELL),
        (ev.StepFailed, failed),
        (ev.StepQueued, {**LOAD, "attempt": 2}),
        (ev.StepStarted, {**LOAD, "attempt": 2, "pid": 2}),
        (ev.StepSucceeded, {**LOAD, "attempt": 2, "duration_s": 1.0}),
    )
    assert [spans[key].error for key in ("load#1", "load#1/c", "load#2")] == [FAULT, FAULT, None]
    assert spans["load#1/c"].end == 5.0


def test_what_was_not_computed_takes_no_time_and_says_why() -> None:
    spans = story(
        (ev.StepReused, {"step": "load", "from_run": "old", "saved_s": 3.0}),
        (ev.StepSkipped, {"step": "train", "reason": "its condition is false"}),
    )
    assert {(s.name, s.end - s.begin) for s in spans.values() if s.parent} == {
        ("load", 0.0), ("train", 0.0),
    }  # fmt: skip
    assert spans["load"].attributes["nbprism.from_run"] == "old"
    assert spans["train"].attributes["nbprism.reason"] == "its condition is false"


def test_a_step_that_fails_before_it_starts_has_a_span_with_its_error() -> None:
    crashed = {**LOAD, "duration_s": 0.0, "error": FAULT}
    assert story((ev.StepQueued, LOAD), (ev.StepCrashed, crashed))["load#1"].error == FAULT


def test_a_run_whose_driver_died_ends_with_what_it_said_last() -> None:
    spans = story((ev.StepQueued, LOAD), (ev.StepStarted, {**LOAD, "pid": 1}))
    assert (spans[RUN].end, spans["load#1"].end) == (3.0, 3.0)
    assert spans[RUN].attributes["nbprism.ended"] is False


def test_parameters_do_not_leave_the_house() -> None:
    accepted = ev.RunAccepted(
        seq=1, at=1.0, run="r", pipeline="p", notebook="n", steps=(), parameters={"key": "s3cret"}
    )
    assert "s3cret" not in repr(spans_of([accepted]))
