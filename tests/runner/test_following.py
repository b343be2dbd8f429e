"""Following a run from a terminal."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner.following import follow
from nbprism.runner.locks import held
from nbprism.runner.log import LogWriter
from nbprism.runner.store import RunFolder, Store

DIGITS = Path(__file__).parents[2] / "examples" / "digits.ipynb"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    notebook = read_notebook(DIGITS)
    plan = make_plan(notebook, compile_notebook(notebook), {})
    return Store(tmp_path).create_run(plan, notebook_path=DIGITS)


def end(run: RunFolder) -> None:
    with LogWriter(run.log_path) as log:
        log.append(
            [
                ev.RunCancelling(seq=2, at=2.0),
                ev.RunCancelled(seq=3, at=3.0, duration_s=1.0),
            ]
        )


def test_every_event_is_given_once_and_the_last_one_ends_it(run: RunFolder) -> None:
    end(run)
    assert [event.seq for event in follow(run)] == [1, 2, 3]


def test_a_ctrl_c_that_meets_the_end_of_the_run_still_ends(run: RunFolder) -> None:
    events = follow(run)
    first = next(events)
    end(run)
    signal.raise_signal(signal.SIGINT)
    assert [event.seq for event in (first, *events)] == [1, 2, 3]


def test_the_first_ctrl_c_asks_the_run_to_stop_and_the_second_leaves(run: RunFolder) -> None:
    with LogWriter(run.log_path) as log, held(run.lock_path):
        events = follow(run)
        next(events)
        # It comes up here, in the body of the caller's loop.
        signal.raise_signal(signal.SIGINT)
        log.append([ev.RunStarted(seq=2, at=2.0, driver_pid=1)])
        assert next(events).seq == 2
        assert run.cancel_requested()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_without_cancelling_the_first_ctrl_c_leaves(run: RunFolder) -> None:
    events = follow(run, cancels=False)
    next(events)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert not run.cancel_requested()


def test_whoever_stops_following_has_an_ordinary_ctrl_c_again(run: RunFolder) -> None:
    before = signal.getsignal(signal.SIGINT)
    events = follow(run)
    next(events)
    assert signal.getsignal(signal.SIGINT) != before
    events.close()
    assert signal.getsignal(signal.SIGINT) == before


def test_a_thread_follows_without_hearing_of_ctrl_c(run: RunFolder) -> None:
    end(run)
    with ThreadPoolExecutor(1) as threads:
        seen = threads.submit(lambda: [event.seq for event in follow(run)])
        assert seen.result(timeout=30) == [1, 2, 3]
