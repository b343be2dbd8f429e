"""Which runs a sweep makes, and how they are told as one."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import nbprism
from nbprism.cli import main
from nbprism.compiler import PlanRejected, compile_notebook, make_plan, read_notebook
from nbprism.results.errors import FormatUnknown
from nbprism.results.sweep_rows import Rows, row_of
from nbprism.results.sweep_view import snapshot
from nbprism.runner import events as ev
from nbprism.runner.errors import RunNotFound
from nbprism.runner.log import LogWriter
from nbprism.runner.options import RunOptions
from nbprism.runner.preparation import points_of
from nbprism.runner.store import Store


def test_an_array_is_tried_as_plain_numbers() -> None:
    points = points_of({"n": np.array([1, 2]), "kind": ("a",)}, {"seed": 3})
    assert points == [{"seed": 3, "n": 1, "kind": "a"}, {"seed": 3, "n": 2, "kind": "a"}]
    assert {type(point["n"]) for point in points} == {int}


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({}, "needs values to try"),
        ({"n": []}, "give a list of one or more"),
        ({"n": "abc"}, "give a list of one or more"),
        ({"n": 3}, "give a list of one or more"),
        ({"seed": [1, 2]}, "'seed' is given twice"),
    ],
)
def test_what_cannot_be_tried_is_refused(grid: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanRejected, match=said):
        points_of(grid, {"seed": 3})


def ended(store: Store, rate: float, source: str = "y = rate") -> nbprism.Run:
    """Leave a finished run of a sweep in the store, as a driver does."""
    cells = [
        {
            "id": role[-4:], "cell_type": "code", "source": code, "outputs": [],
            "execution_count": None, "metadata": {"tags": [role]},
        }
        for role, code in (("parameters", "rate = 1.0"), ("step:work", source))
    ]  # fmt: skip
    form = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    notebook = read_notebook(form, name="rates")
    plan = make_plan(notebook, compile_notebook(notebook), {"rate": rate})
    run = store.create_run(
        plan, notebook_path=store.root / "rates.ipynb", options=RunOptions(sweep="sweep-rates")
    )
    (run.path / "executed.ipynb").write_text(json.dumps(form))
    number = itertools.count(2)
    now = time.time()
    with LogWriter(run.log_path) as log:
        log.append([
            ev.RunStarted(seq=next(number), at=now, driver_pid=1),
            ev.MetricReported(seq=next(number), at=now, step="work", name="loss", value=2 * rate),
            ev.StepSkipped(seq=next(number), at=now, step="work", reason="left out"),
            ev.RunSucceeded(
                seq=next(number), at=now, duration_s=1.0, metrics={"loss": 2 * rate},
                executed=str(run.path / "executed.ipynb"),
            ),
        ])  # fmt: skip
    return nbprism.Run(run)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".nbprism")


def test_a_sweep_is_found_again_in_its_order(store: Store) -> None:
    runs = [ended(store, rate) for rate in (0.5, 0.25, 0.3, 0.1)]
    sweep = nbprism.Sweep.find("sweep-", store.root)
    assert list(sweep) == runs
    assert (sweep.id, sweep.state, sweep.ended, len(sweep)) == ("sweep-rates", "succeeded", True, 4)
    assert sweep.table["parameters.rate"].tolist() == [0.5, 0.25, 0.3, 0.1]
    assert sweep.table["metrics.loss"].tolist() == [1.0, 0.5, 0.6, 0.2]
    assert repr(sweep).splitlines()[:2] == [
        "sweep-rates: succeeded, 4 of 4 runs ended",
        f"  rate=0.5  succeeded  loss = 1  {runs[0].id}",
    ]
    with pytest.raises(RunNotFound, match="There is no sweep 'sweep-x'"):
        nbprism.Sweep.find("sweep-x", store.root)


def test_the_command_line_tells_what_differs(store: Store) -> None:
    a, b = ended(store, 0.5), ended(store, 0.25, "y = 2 * rate")
    asked = ["diff", a.id, b.id, "--store", str(store.root)]
    told = json.loads(CliRunner().invoke(main, [*asked, "--json"]).stdout)
    assert told["parameters"] == {"rate": [0.5, 0.25]}
    assert "+y = 2 * rate" in told["code"]["work"]
    assert told == json.loads(json.dumps(nbprism.diff(a, b).to_json()))
    assert "parameters  rate: 0.5 -> 0.25" in CliRunner().invoke(main, asked).stdout


def test_a_run_is_exported_as_the_name_of_the_file_says(store: Store, tmp_path: Path) -> None:
    run = ended(store, 0.5)
    for name, has in (("out.html", "<html"), ("out.ipynb", '"nbformat": 4')):
        place = tmp_path / name
        asked = ["export", run.id, "--store", str(store.root), "-o", str(place)]
        result = CliRunner().invoke(main, asked)
        assert (result.exit_code, result.stdout) == (0, f"{place}\n")
        assert has in place.read_text()
    with pytest.raises(FormatUnknown, match=r"'out\.pdf' ends with neither"):
        run.export(tmp_path / "out.pdf")


def test_a_sweep_is_a_table_with_a_row_a_run_and_a_column_for_what_varies(store: Store) -> None:
    for rate in (0.5, 0.25):
        ended(store, rate, "y = '<b>'")
    sweep = nbprism.Sweep.find("sweep-", store.root)
    page = snapshot(sweep)["text/html"]
    assert page.count("<tr>") == 3
    for told in (">rate<", ">loss<", "<b>0.5</b>", "2 of 2 runs ended", sweep[1].id):
        assert told in page


def test_rows_move_with_the_events_and_end_as_their_summaries_say(store: Store) -> None:
    runs = [ended(store, rate) for rate in (0.5, 0.25)]
    rows = Rows(run.folder for run in runs)
    seen = []
    for run in runs:
        for event in run.folder.events():
            rows.take(run.folder, event)
            seen.append((rows[0].state, rows[0].progress, rows[1].state))
    assert seen[0] == ("accepted", "0/1", "accepted")
    assert ("running", "1/1", "accepted") in seen
    assert [row.metrics for row in rows] == [row_of(run.summary).metrics for run in runs]
    assert list(rows) == [row_of(run.summary) for run in runs]


def test_showing_a_sweep_on_a_terminal_is_text(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [ended(store, rate) for rate in (0.5, 0.25)]
    sweep = nbprism.Sweep(runs)
    sweep.show()
    assert capsys.readouterr().out.splitlines() == repr(sweep).splitlines()
    sweep.show(wait=True)
    table = capsys.readouterr().out
    assert all(run.id in table and f"{run.id} succeeded" in table for run in runs)
