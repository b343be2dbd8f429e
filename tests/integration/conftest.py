"""One local Ray for the whole session, in a state folder of its own; nothing of it is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from nbprism.runner.cluster import local
from nbprism.runner.cluster.home import ClusterHome, ClusterRecord, read_record
from nbprism.runner.store import Store


def until(true: Callable[[], bool], *, within_s: float = 60.0) -> bool:
    """Return whether it became true in time."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_gone(pid: int) -> bool:
    """Return whether the process has ended; a zombie has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def left_of(record: ClusterRecord) -> list[str]:
    """Return what is still there of a cluster: processes, folders."""
    marks = (record.keeper, *record.processes)
    left = [f"process {mark.pid}" for mark in marks if mark.find()]
    return left + ([record.temporary] if Path(record.temporary).exists() else [])


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the session its own cluster, and take it down in the end."""
    folder = tmp_path_factory.mktemp("state")
    patch = pytest.MonkeyPatch()
    patch.setenv("NBPRISM_STATE_DIR", str(folder))
    patch.setenv("NBPRISM_IDLE_S", "120")
    here = str(Path(__file__).parent)
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")])))
    try:
        yield folder
        record = read_record(ClusterHome.of_this_environment().ready)
        local.down(force=True)
        assert local.status() is None
        if record is not None:
            assert until(lambda: not left_of(record)), left_of(record)
    finally:
        patch.undo()


@pytest.fixture
def cluster() -> ClusterRecord:
    """Give the cluster of the session, started if a test before this one ended it."""
    local.ensure()
    record = ClusterHome.of_this_environment().living()
    assert record is not None
    return record


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".nbprism")
