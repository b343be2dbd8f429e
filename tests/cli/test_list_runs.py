"""`nbprism runs`: the same runs that the server lists, whatever way leads to the notebook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nbprism.cli import main
from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner.store import RunFolder, Store

NOTEBOOK = {
    "nbformat": 4, "nbformat_minor": 5, "metadata": {},
    "cells": [
        {"cell_type": "code", "id": "a", "metadata": {"tags": ["step:load"]}, "outputs": [],
         "execution_count": None, "source": "x = 1"},
    ],
}  # fmt: skip


def accepted(notebook: Path, store: Store | None = None) -> RunFolder:
    """Return a run of a notebook that is there, which no driver leads."""
    notebook.parent.mkdir(exist_ok=True)
    notebook.write_text(json.dumps(NOTEBOOK))
    read = read_notebook(notebook)
    plan = make_plan(read, compile_notebook(read), {})
    return (store or Store.beside(notebook)).create_run(plan, notebook_path=notebook)


def runs(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["runs", *map(str, arguments), "--json"])


def listed(*arguments: object) -> list[str]:
    return [json.loads(line)["run"] for line in runs(*arguments).stdout.splitlines()]


def test_only_the_runs_of_the_notebook_are_listed(tmp_path: Path) -> None:
    mine = accepted(tmp_path / "a.ipynb")
    accepted(tmp_path / "b.ipynb")
    assert listed(tmp_path / "a.ipynb") == [mine.id]


@pytest.mark.parametrize("link", ["other/name.ipynb", "other/folder/a.ipynb"])
def test_a_notebook_has_the_same_runs_through_a_link(tmp_path: Path, link: str) -> None:
    mine = accepted(tmp_path / "real" / "a.ipynb")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "name.ipynb").symlink_to(tmp_path / "real" / "a.ipynb")
    (tmp_path / "other" / "folder").symlink_to(tmp_path / "real")
    plan = mine.plan()
    through = Store.beside(tmp_path / link).create_run(plan, notebook_path=tmp_path / link)
    assert through.path.parent == mine.path.parent
    for way in (tmp_path / link, tmp_path / "real" / "a.ipynb"):
        assert listed(way) == [through.id, mine.id]


def test_the_runs_are_still_there_when_the_folder_was_moved(tmp_path: Path) -> None:
    mine = accepted(tmp_path / "before" / "a.ipynb")
    (tmp_path / "before").rename(tmp_path / "after")
    assert listed(tmp_path / "after" / "a.ipynb") == [mine.id]


def test_in_a_store_that_notebooks_share_the_folder_counts_too(tmp_path: Path) -> None:
    shared = Store(tmp_path / "shared")
    mine = accepted(tmp_path / "one" / "a.ipynb", shared)
    accepted(tmp_path / "two" / "a.ipynb", shared)
    assert listed(tmp_path / "one" / "a.ipynb", "--store", shared.root) == [mine.id]


def test_a_damaged_run_hides_no_other(tmp_path: Path) -> None:
    good, bad = (accepted(tmp_path / "a.ipynb") for _ in range(2))
    bad.log_path.write_text("not an event\n")
    assert listed(tmp_path / "a.ipynb") == [bad.id, good.id]
    table = CliRunner().invoke(main, ["runs", str(tmp_path / "a.ipynb")])
    assert table.exit_code == 0
    assert "lost" in table.stdout


def test_a_notebook_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    answer = runs(tmp_path / "nosuch.ipynb")
    assert answer.exit_code == 2
    assert "nosuch.ipynb' does not exist" in answer.stderr
