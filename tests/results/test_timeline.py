"""When the steps of a run ran, from its log."""

from __future__ import annotations

from nbprism.results.timeline import timeline_of
from nbprism.runner import events as ev
from nbprism.runner.events import Event, Failure

BEGAN = ev.RunAccepted(seq=1, at=100.0, run="r", pipeline="p", notebook="p.ipynb", steps=("a",))


def story() -> list[Event]:
    error = Failure(code="cell-failed")
    return [
        BEGAN,
        ev.StepQueued(seq=2, at=101.0, step="a", attempt=1),
        ev.StepStarted(seq=3, at=102.0, step="a", attempt=1, pid=1),
        ev.CellStarted(seq=4, at=102.5, step="a", attempt=1, cell="c"),
        ev.StepFailed(
            seq=5, at=103.0, step="a", attempt=1, duration_s=1, error=error, will_retry=True
        ),
        ev.StepQueued(seq=6, at=104.0, step="a", attempt=2),
        ev.StepStarted(seq=7, at=104.5, step="a", attempt=2, pid=1),
        ev.StepSucceeded(seq=8, at=106.0, step="a", attempt=2, duration_s=1.5),
    ]


def test_each_attempt_is_an_interval_since_the_run_was_accepted() -> None:
    first, second = timeline_of(story())
    assert (first.queued_s, first.started_s, first.ended_s, first.state) == (1, 2, 3, "failed")
    assert (second.attempt, second.duration_s, second.state) == (2, 1.5, "succeeded")


def test_what_goes_on_has_no_end_yet() -> None:
    (only,) = timeline_of(story()[:4])
    assert (only.state, only.ended_s, only.duration_s) == ("running", None, None)
    assert "running" in repr(timeline_of(story()[:4]))


def test_a_run_without_steps_is_an_empty_timeline() -> None:
    assert repr(timeline_of([BEGAN])) == ""
