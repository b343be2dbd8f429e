"""What a node keeps of values that came to it, as its disk fills up."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from nbprism.runner import layout
from nbprism.runner.artifacts import archive, parcel
from nbprism.runner.cluster import node_cache
from nbprism.runner.remote import job_store
from nbprism.runner.store import Store

SIZE = 1000


class Disk:
    """A disk of ten archives, of which the store's files take their part."""

    def __init__(self, store: Path, others: int) -> None:
        self._store, self._others = store, others

    def usage(self, _: Path) -> Any:
        used = sum(path.stat().st_size for path in self._store.glob("artifacts/*/*"))
        used += self._others * SIZE
        return shutil._ntuple_diskusage(10 * SIZE, used, 10 * SIZE - used)


def keep(store: Path, first: str, used_s_ago: float) -> Path:
    path = layout.archive(store, first * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(SIZE))
    path.chmod(0o400)
    moment = time.time() - used_s_ago
    os.utime(path, times=(moment, time.time() - 1e6))
    return path


@pytest.mark.parametrize(("others", "left"), [(5, "abc"), (6, "bc"), (7, "c"), (9, "c")])
def test_what_was_not_used_for_longest_goes_when_the_disk_gets_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: int, left: str
) -> None:
    for first, ago in {"a": 9000, "b": 5000, "c": 60}.items():
        keep(tmp_path, first, ago)
    monkeypatch.setattr(shutil, "disk_usage", Disk(tmp_path, others).usage)
    gone = node_cache.make_room(tmp_path)
    assert "".join(sorted(path.name[0] for path in tmp_path.glob("artifacts/*/*"))) == left
    assert gone == SIZE * (3 - len(left))


def test_what_a_step_is_about_to_load_stays_and_is_still_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keep(tmp_path, "a", 9000)
    changed_at = path.stat().st_mtime_ns
    monkeypatch.setattr(shutil, "disk_usage", Disk(tmp_path, 9).usage)
    node_cache.note_used([path, tmp_path / "not there"])
    assert node_cache.make_room(tmp_path) == 0
    assert path.stat().st_mtime_ns == changed_at


def test_a_value_that_is_in_use_outlives_its_file(tmp_path: Path) -> None:
    entries = parcel.pack(tmp_path, "make", {"x": list(range(1000))}, {})
    place = layout.archive(tmp_path, entries["x"]["archive"])
    opened = archive.Opened(place)
    place.unlink()
    assert opened.values()[0] == list(range(1000))


def test_on_the_disk_of_a_driver_only_what_the_bucket_has_may_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, kept = keep(tmp_path, "a", 9000), keep(tmp_path, "b", 5000)
    layout.note_in_bucket(tmp_path, kept.name)
    (tmp_path / "runs" / "r").mkdir(parents=True)
    (tmp_path / "runs" / "r" / "events.jsonl").touch()
    monkeypatch.setattr(shutil, "disk_usage", Disk(tmp_path, 9).usage)
    assert node_cache.make_room(tmp_path) == SIZE
    assert alone.exists()
    assert not kept.exists()


def test_jobs_tidy_their_store_once_a_day(tmp_path: Path) -> None:
    Store(tmp_path).prepare()
    job_store.tidy(tmp_path)
    path = keep(tmp_path, "a", 9000)
    job_store.tidy(tmp_path)
    assert path.exists()
    yesterday = time.time() - job_store.TIDY_EVERY_S - 1
    os.utime(tmp_path / "tidied", times=(yesterday, yesterday))
    job_store.tidy(tmp_path)
    assert not path.exists()
