"""What the command says when a run is over, and when nobody listens any more."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_list_runs import accepted

from nbprism.cli import main
from nbprism.cli.ending import ways_on

SUMMARY = {"run": "R", "notebook": "a.ipynb", "state": "succeeded", "error": None}


def ways(**facts: Any) -> str:
    return "\n".join(ways_on({**SUMMARY, **facts}))


def test_a_run_that_succeeded_needs_no_way_on() -> None:
    assert ways() == ""


@pytest.mark.parametrize(
    ("code", "hint", "goes_on"),
    [
        ("cell-failed", "", "Correct the cell, then: nbprism run a.ipynb"),
        ("cell-failed", "Install it.", "When that is done: nbprism run a.ipynb"),
        ("kernel-died", "", "Its inputs, in a kernel:  %load_ext nbprism"),
    ],
)
def test_after_a_failure_its_inputs_are_a_command_away(code: str, hint: str, goes_on: str) -> None:
    said = ways(state="failed", error={"step": "train", "code": code, "hint": hint})
    assert "%nbprism load R train" in said
    assert "nbprism resume R" in said
    assert said.startswith(goes_on)


def test_a_cancelled_run_can_go_on() -> None:
    assert ways(state="cancelled") == "As it was, from where it stopped: nbprism resume R"


def test_the_logs_of_a_step_that_is_not_there_are_refused_with_those_that_are(
    tmp_path: Path,
) -> None:
    run = accepted(tmp_path / "a.ipynb")
    said = CliRunner().invoke(main, ["logs", run.id, "laod", "--store", str(run.store)])
    assert said.exit_code == 2
    assert "Its steps: load." in said.output


def test_a_notebook_without_tags_is_told_how_to_get_steps(tmp_path: Path) -> None:
    place = tmp_path / "a.ipynb"
    accepted(place)
    place.write_text(place.read_text().replace("step:load", "mine"))
    said = CliRunner().invoke(main, ["compile", str(place)]).stdout
    assert said.splitlines()[0].rstrip() == "a: 1 step"
    assert f"nbprism tag {shlex.quote(str(place))} --suggest" in said


def test_who_has_read_enough_hears_no_complaint(tmp_path: Path) -> None:
    accepted(tmp_path / "a.ipynb")
    command = [sys.executable, "-m", "nbprism", "runs", "--json"]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            command, stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
