"""A value that is in the store already is not written again, and one that changed is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbprism.offload.known import Known
from nbprism.runner import layout
from nbprism.runner.artifacts import parcel


def files(store: Path, entries: dict[str, Any]) -> dict[str, int]:
    """Return the inode of each value's archive: another one if it was written again."""
    places = {name: layout.archive(store, entry["archive"]) for name, entry in entries.items()}
    return {name: place.stat().st_ino for name, place in places.items()}


def values() -> dict[str, Any]:
    shared = np.arange(10_000.0)
    return {"x": np.arange(5_000.0), "all": shared, "part": shared[10:20], "n": 3}


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    sent = values()
    first = parcel.pack(tmp_path, "kernel", sent, {})
    before = files(tmp_path, first)
    again = parcel.pack(tmp_path, "kernel", sent, {}, known=first)
    assert again == first
    assert files(tmp_path, again) == before
    without = parcel.pack(tmp_path, "kernel", sent, {})
    assert files(tmp_path, without) != before  # so that the line above means something


@pytest.mark.parametrize("changed", ["x", "part"])
def test_what_was_changed_in_place_is_sent_as_it_is_now(tmp_path: Path, changed: str) -> None:
    sent = values()
    first = parcel.pack(tmp_path, "kernel", sent, {})
    sent[changed][3] = -1.0
    found = parcel.unpack(tmp_path, parcel.pack(tmp_path, "kernel", sent, {}, known=first), {})
    assert found[changed][3] == -1.0
    found["all"][12] = -2.0
    assert found["part"][2] == -2.0


def test_values_that_share_something_now_share_it_there(tmp_path: Path) -> None:
    apart: dict[str, Any] = {"a": [1], "b": [1]}
    first = parcel.pack(tmp_path, "kernel", apart, {})
    together: dict[str, Any] = {"a": apart["a"], "b": [apart["a"]]}
    found = parcel.unpack(tmp_path, parcel.pack(tmp_path, "kernel", together, {}, known=first), {})
    assert found["b"][0] is found["a"]


@pytest.mark.parametrize("damage", ["removed", "emptied"])
def test_what_the_store_lost_is_written_anew(tmp_path: Path, damage: str) -> None:
    sent = {"x": np.arange(5_000.0)}
    first = parcel.pack(tmp_path, "kernel", sent, {})
    place = layout.archive(tmp_path, first["x"]["archive"])
    place.chmod(0o600)
    place.unlink() if damage == "removed" else place.write_bytes(b"")
    again = parcel.pack(tmp_path, "kernel", sent, {}, known=first)
    assert parcel.unpack(tmp_path, again, {})["x"][7] == 7.0


def test_only_the_same_object_is_taken_for_known() -> None:
    known, value = Known(), [1]
    known.note({"x": value}, {"x": {"archive": "a"}})
    assert known.of({"x": value, "y": 1}) == {"x": {"archive": "a"}}
    assert known.of({"x": [1]}) == {}
