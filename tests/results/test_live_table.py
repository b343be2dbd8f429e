"""What is printed of a run where there is no terminal."""

from __future__ import annotations

from rich.console import Console

from nbprism.results.live_table import LiveTable
from nbprism.runner import events as ev

LONG_AGO = 1_000_000.0


def test_a_run_of_long_ago_is_shown_with_the_times_it_had() -> None:
    console = Console(width=80, force_terminal=False)
    step = {"step": "load", "attempt": 1}
    events = (
        ev.RunAccepted(
            seq=1, at=LONG_AGO, run="r", pipeline="p", notebook="n.ipynb", steps=("load",)
        ),
        ev.RunStarted(seq=2, at=LONG_AGO, driver_pid=1),
        ev.StepQueued(seq=3, at=LONG_AGO, **step),
        ev.StepStarted(seq=4, at=LONG_AGO, **step, pid=2),
        ev.StepSucceeded(seq=5, at=LONG_AGO + 2, **step, duration_s=2.0),
    )
    with console.capture() as capture, LiveTable(console, {"cells": []}) as table:
        for event in events:
            table.show(event)
    assert capture.get().splitlines() == ["● load running", "✔ load succeeded 2.0 s"]
