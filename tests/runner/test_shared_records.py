"""Results in the bucket behind a store; here a folder stands for the cloud, a store for each cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from computing import Made, StepOf, Workshop, with_step

from nbprism.runner import layout
from nbprism.runner.artifacts.bucket import ARCHIVES, Bucket
from nbprism.runner.bucket_gc import collect_in
from nbprism.runner.reuse.shared_records import FOLDER


def write_rows(_: Mapping[str, Any], folder: Path) -> int:
    (folder / "rows.csv").write_text("1,2,3")
    return 1


STEPS: Made = {
    "load": StepOf(compute=write_rows, writes=("rows.csv",)),
    "train": StepOf(needs="load"),
}
LONG_AGO = 40 * 86_400.0


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    place = tmp_path / "cloud"
    place.mkdir()
    return place


def workshop(folder: Path, cloud: Path) -> Workshop:
    """Give a cluster's store, whose units fetch and put what `away.py` would."""
    folder.mkdir()
    bucket = Bucket(f"file://{cloud}")
    shop = Workshop(folder, f"file://{cloud}")

    def keep(_: str) -> None:
        for path in (shop.store.root / "artifacts").glob("[0-9a-f][0-9a-f]/*"):
            bucket.put(path, path.name)

    def fetch(_: str) -> None:
        for mark in (shop.store.root / "artifacts" / "bucket").glob("*"):
            bucket.fetch(shop.store.root, mark.name)

    shop.before_unit, shop.after_unit = fetch, keep
    return shop


def test_another_cluster_takes_what_the_first_one_left(tmp_path: Path, cloud: Path) -> None:
    first = workshop(tmp_path / "first", cloud).run(STEPS)
    other = workshop(tmp_path / "other", cloud)
    run = other.run(STEPS)
    assert set(other.states(run).values()) == {"reused"}
    assert other.joined == 0
    assert run.manifest_path("train").read_bytes() == first.manifest_path("train").read_bytes()
    assert run.executed_path().read_bytes() == first.executed_path().read_bytes()
    assert (other.folder / "rows.csv").read_text() == "1,2,3"
    # A value that nobody asked for stays where it is.
    fetched = {path.name for path in other.store.root.glob("artifacts/[0-9a-f][0-9a-f]/*")}
    marks = {path.name for path in layout.in_bucket(other.store.root, "x").parent.iterdir()}
    assert len(fetched) == 1
    assert len(marks) >= 2


def test_what_changed_is_computed_there_and_what_did_not_is_not(
    tmp_path: Path, cloud: Path
) -> None:
    workshop(tmp_path / "first", cloud).run(STEPS)
    other = workshop(tmp_path / "other", cloud)
    changed = with_step(STEPS, "train", code="x = 2", compute=lambda *_: 7)
    assert other.states(other.run(changed)) == {"load": "reused", "train": "succeeded"}


def test_a_value_that_the_bucket_lost_is_computed_again(tmp_path: Path, cloud: Path) -> None:
    workshop(tmp_path / "first", cloud).run(STEPS)
    for path in cloud.glob(f"{ARCHIVES}/*/*"):
        path.unlink()
    other = workshop(tmp_path / "other", cloud)
    assert set(other.states(other.run(STEPS)).values()) == {"succeeded"}
    third = workshop(tmp_path / "third", cloud)
    assert set(third.states(third.run(STEPS)).values()) == {"reused"}


def test_a_record_that_is_damaged_or_a_bucket_that_is_gone_costs_a_computation(
    tmp_path: Path, cloud: Path
) -> None:
    workshop(tmp_path / "first", cloud).run(STEPS)
    for path in cloud.glob(f"{FOLDER}/*/*/*"):
        path.write_bytes(b"no record")
    other = workshop(tmp_path / "other", cloud)
    assert set(other.states(other.run(STEPS)).values()) == {"succeeded"}
    alone = Workshop(tmp_path, "nowhere://at/all")
    assert set(alone.states(alone.run(STEPS)).values()) == {"succeeded"}


def grow_old(cloud: Path) -> None:
    for path in cloud.rglob("*"):
        os.utime(path, times=(time.time() - LONG_AGO, time.time() - LONG_AGO))


def test_gc_of_a_bucket_spares_what_was_used_lately(tmp_path: Path, cloud: Path) -> None:
    bucket = Bucket(f"file://{cloud}")
    gone = with_step(STEPS, "train", code="x = 2", compute=lambda *_: 7)
    workshop(tmp_path / "first", cloud).run(gone)
    grow_old(cloud)
    other = workshop(tmp_path / "other", cloud)
    other.run(STEPS)  # takes `load` from there, and computes another `train`
    would = collect_in(bucket, older_than_s=30 * 86_400.0, dry_run=True)
    found = collect_in(bucket, older_than_s=30 * 86_400.0)
    assert found == would
    assert (found.records, found.artifacts) == (1, 1)
    assert found.size > 0
    assert collect_in(bucket, older_than_s=30 * 86_400.0).records == 0
    third = workshop(tmp_path / "third", cloud)
    assert set(third.states(third.run(STEPS)).values()) == {"reused"}
    assert set(third.states(third.run(gone)).values()) == {"reused", "succeeded"}
