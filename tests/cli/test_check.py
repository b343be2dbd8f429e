"""`nbprism run --check`: what CI asks of a notebook before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nbprism.cli import main


def check(folder: Path, source: str, *options: str) -> Result:
    cells = [
        {
            "id": "a", "cell_type": "code", "source": source, "outputs": [],
            "execution_count": None, "metadata": {"tags": ["step:work"]},
        }
    ]  # fmt: skip
    path = folder / "small.ipynb"
    form = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(form))
    return CliRunner().invoke(main, ["run", str(path), "--check", *options])


def test_a_sound_notebook_passes_and_nothing_is_left(tmp_path: Path) -> None:
    result = check(tmp_path, "x = 1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "1 to run; 0 reused."
    assert [path.name for path in tmp_path.iterdir()] == ["small.ipynb"]


def test_errors_are_told_with_their_place(tmp_path: Path) -> None:
    result = check(tmp_path, "y = missing")
    assert result.exit_code == 1
    assert "error cell 1, line 1" in result.stdout
    assert "missing" in result.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-p", "nothing=1"), "nothing"),
        (("--set", "work.cpus=100000"), "this machine has"),
        (("--only", "wrok"), "Did you mean `work`?"),
        (("--sweep", "x=1,2"), "one run"),
    ],
)
def test_what_a_run_would_be_refused_for_is_refused(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    result = check(tmp_path, "x = 1", *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_as_json_both_parts_are_told(tmp_path: Path) -> None:
    sound = json.loads(check(tmp_path, "x = 1", "--json").stdout)
    assert [step["action"] for step in sound["forecast"]["steps"]] == ["run"]
    unsound = json.loads(check(tmp_path, "y = missing", "--json").stdout)
    assert unsound["forecast"] is None
    assert "error" in {finding["severity"] for finding in unsound["diagnostics"]}
