"""`nbprism run --dry-run`, and what is refused before anything starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nbprism.cli import main

CELLS = (("load", "x = 1"), ("double", "y = 2 * x"))


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [
        {
            "id": step, "cell_type": "code", "source": source, "outputs": [], "execution_count": None,
            "metadata": {"tags": [f"step:{step}"]},
        }
        for step, source in CELLS
    ]  # fmt: skip
    path = tmp_path / "small.ipynb"
    form = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(form))
    return path


def test_a_dry_run_says_what_would_run_and_leaves_nothing(notebook: Path) -> None:
    result = CliRunner().invoke(main, ["run", str(notebook), "--dry-run"])
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:3]] == [
        ["load", "run"], ["double", "run"],
    ]  # fmt: skip
    assert "never ran" in result.stdout
    assert result.stdout.splitlines()[-1] == "2 to run; 0 reused."
    assert list(notebook.parent.iterdir()) == [notebook]


def test_a_dry_run_as_json_gives_each_cause(notebook: Path) -> None:
    asked = ["run", str(notebook), "--dry-run", "--json", "--from", "double"]
    form = json.loads(CliRunner().invoke(main, asked).stdout)
    causes = {step["step"]: [cause["code"] for cause in step["causes"]] for step in form["steps"]}
    assert causes == {"load": ["never-ran"], "double": ["forced"]}


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_step_alone_is_refused_where_what_it_needs_is_not_there(
    notebook: Path, dry: list[str]
) -> None:
    result = CliRunner().invoke(main, ["run", str(notebook), "--only", "double", *dry])
    assert result.exit_code == 2
    assert "Step 'load' would have to run: never ran." in result.stderr


def test_a_run_that_is_not_there_is_not_resumed(notebook: Path) -> None:
    result = CliRunner().invoke(main, ["resume", "nothing", "--store", str(notebook.parent)])
    assert result.exit_code == 2
    assert "There is no run 'nothing'" in result.stderr
