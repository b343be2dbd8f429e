"""The folder of the local cluster: who uses it is known, whatever happens at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest
from vanishing import VanishingFile

from nbprism.runner.cluster.home import ClusterHome
from nbprism.runner.locks import held, is_held


@pytest.fixture
def home(tmp_path: Path) -> ClusterHome:
    found = ClusterHome(tmp_path / "local")
    found.prepare()
    return found


def test_a_cluster_is_leased_as_long_as_somebody_uses_it(home: ClusterHome) -> None:
    assert not home.leased()
    with home.lease():
        assert home.leased()
    assert not home.leased()
    assert list(home.leases.iterdir()) == []


def test_the_marks_of_dead_processes_are_swept_and_those_of_living_ones_are_not(
    home: ClusterHome,
) -> None:
    (home.leases / "1-dead.lock").touch()
    with home.lease():
        home.sweep()
        assert len(list(home.leases.iterdir())) == 1
        assert home.leased()


def test_asking_whether_it_is_used_removes_nothing(home: ClusterHome) -> None:
    # It is asked without the lock under which leases are taken: one may be just in the making.
    (home.leases / "1-new.lock").touch()
    assert not home.leased()
    assert (home.leases / "1-new.lock").exists()


def test_a_lock_that_vanishes_while_it_is_asked_for_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    assert not is_held(VanishingFile(tmp_path / "lock"))
    with held(tmp_path / "lock"):
        assert is_held(tmp_path / "lock")
