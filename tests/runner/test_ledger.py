"""Runs that write one file at the same time see one another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbprism.runner.observed.ledger import Ledger


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path


def test_one_after_the_other_is_no_matter(store: Path) -> None:
    for run in ("r1", "r2", "r1"):
        ledger = Ledger(store, run)
        ledger.note("/a.csv")
        assert ledger.close() == set()


def test_both_see_that_they_write_at_the_same_time(store: Path) -> None:
    one, two = Ledger(store, "r1"), Ledger(store, "r2")
    one.note("/a.csv")
    two.note("/a.csv")
    two.note("/b.csv")
    assert one.close() == {"/a.csv"}
    assert two.close() == {"/a.csv"}


def test_who_begins_before_the_other_is_done_is_seen_by_both(store: Path) -> None:
    one, two, three = (Ledger(store, run) for run in ("r1", "r2", "r3"))
    one.note("/a.csv")
    assert one.close() == set()
    two.note("/a.csv")
    three.note("/a.csv")
    assert (three.close(), two.close()) == ({"/a.csv"}, {"/a.csv"})


def test_steps_of_one_run_are_its_own_business(store: Path) -> None:
    one, two = Ledger(store, "r1"), Ledger(store, "r1")
    one.note("/a.csv")
    two.note("/a.csv")
    assert (one.close(), two.close()) == (set(), set())


def test_a_step_that_was_killed_writes_no_more(store: Path) -> None:
    code = (
        "import os, pathlib, sys; from nbprism.runner.observed.ledger import Ledger; "
        f"Ledger(pathlib.Path({str(store)!r}), 'r1').note('/a.csv'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, env=os.environ)
    two = Ledger(store, "r2")
    two.note("/a.csv")
    assert two.close() == set()


def test_what_nobody_writes_costs_nothing(store: Path) -> None:
    assert Ledger(store, "r1").close() == set()
    assert list(store.iterdir()) == []
