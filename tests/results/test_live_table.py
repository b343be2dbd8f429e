"""What is printed of a run where there is no terminal."""

from __future__ import annotations

import re
import time
from pathlib import Path

from rich.console import Console

from nbprism.compiler.plan import Plan, Unit
from nbprism.compiler.settings.step import StepSettings
from nbprism.results.live_table import LiveTable
from nbprism.runner import events as ev
from nbprism.runner.cluster.request import requests_of
from nbprism.runner.unheard import Unheard

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


def test_a_queued_step_says_what_it_waits_for_and_a_silent_cluster_since_when(
    tmp_path: Path,
) -> None:
    console = Console(width=200, force_terminal=True, color_system=None)
    table = LiveTable(console, {"cells": []}, tmp_path, {"load": "1 GPU, 2 CPUs"})
    for event in (
        ev.RunAccepted(
            seq=1, at=LONG_AGO, run="r", pipeline="p", notebook="n.ipynb", steps=("load",)
        ),
        ev.RunStarted(seq=2, at=LONG_AGO, driver_pid=1),
        ev.StepQueued(seq=3, at=time.time() - 90, step="load", attempt=1),
        ev.ClusterJoined(seq=4, at=LONG_AGO, cpus=2, gpus=0, memory=1, started=False),
    ):
        table.show(event)
    Unheard(LONG_AGO, "cluster-unreachable", "It does not answer.").note(tmp_path)
    with console.capture() as capture:
        console.print(table._render())
    shown = capture.get()
    assert re.search(r"load +queued +\d\d s +waits for 1 GPU, 2 CPUs", shown)
    assert re.search(r"Nothing is heard of the run since \d\d:\d\d:\d\d.*does not answer", shown)


def test_a_request_is_told_in_words() -> None:
    settings = StepSettings(cpus=2, gpus=0.5, accelerator_type="T4", memory=1_500_000_000)
    unit = Unit("a", (), (), {}, (), (), {}, settings, "f", {})
    plan = Plan(pipeline="p", parameters={}, units=(unit,), notebook={"cells": []})
    assert requests_of(plan) == {"a": "2 CPUs, 0.5 T4 GPU, 1.5 GB of memory"}
