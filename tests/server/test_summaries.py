from __future__ import annotations

from pathlib import Path

import pytest
from runs import accepted_run, driven

from nbprism.runner import events as ev
from nbprism.runner.errors import LogUnreadable
from nbprism.server_ext.summaries import Summaries


def test_a_run_that_goes_on_is_read_anew_each_time(tmp_path: Path) -> None:
    run, summaries = accepted_run(tmp_path), Summaries()
    assert summaries.of(run)["state"] == "accepted"
    with driven(run) as driver:
        driver.start()
        assert summaries.of(run)["state"] == "running"
        driver.end()
    assert summaries.of(run)["state"] == "succeeded"


def test_the_log_of_a_run_that_is_over_is_read_once(tmp_path: Path) -> None:
    run, summaries = accepted_run(tmp_path), Summaries()
    with driven(run) as driver:
        driver.start()
        driver.end()
    known = summaries.of(run)
    run.log_path.unlink()
    assert summaries.of(run) == known


def test_a_run_that_seemed_lost_is_looked_at_again(tmp_path: Path) -> None:
    run, summaries = accepted_run(tmp_path), Summaries()
    with driven(run) as driver:
        driver.start()
    assert summaries.of(run)["state"] == "lost"
    with driven(run) as driver:
        assert summaries.of(run)["state"] == "running"
        driver.write(ev.RunFailed, duration_s=1.0)
    assert summaries.of(run)["state"] == "failed"


def test_only_the_latest_are_kept(tmp_path: Path) -> None:
    summaries = Summaries(kept=1)
    forgotten, kept = accepted_run(tmp_path), accepted_run(tmp_path)
    for run in (forgotten, kept):
        with driven(run) as driver:
            driver.start()
            driver.end()
        summaries.of(run)
        run.log_path.unlink()
    assert summaries.of(kept)["state"] == "succeeded"
    with pytest.raises(LogUnreadable):
        summaries.of(forgotten)
