"""An archive that was damaged is never loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbprism.runner import layout
from nbprism.runner.artifacts import parcel, shelf
from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing

quick = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def made(store: Path) -> tuple[dict[str, Any], Path]:
    entries = parcel.pack(store, "make", {"x": np.arange(3000), "y": "text"}, {})
    return entries, layout.archive(store, entries["x"]["archive"])


def rewrite(place: Path, data: bytes) -> None:
    """Change the file in place, as a fault would, and not within one tick of the file's clock."""
    before = place.stat().st_ctime_ns
    place.chmod(0o600)
    while place.stat().st_ctime_ns == before or place.read_bytes() != data:
        place.write_bytes(data)


@quick
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_loaded(tmp_path: Path, where: float, bit: int) -> None:
    entries, place = made(tmp_path)
    data = bytearray(place.read_bytes())
    data[int(where * len(data))] ^= 1 << bit
    rewrite(place, bytes(data))
    with pytest.raises(ArtifactCorrupt, match="damaged"):
        parcel.unpack(tmp_path, entries, {})


@quick
@given(where=st.floats(0, 1, exclude_max=True))
def test_a_truncated_archive_is_never_loaded(tmp_path: Path, where: float) -> None:
    entries, place = made(tmp_path)
    rewrite(place, place.read_bytes()[: int(where * place.stat().st_size)])
    with pytest.raises(ArtifactCorrupt):
        parcel.unpack(tmp_path, entries, {})


def test_damage_that_keeps_size_and_modification_time_is_seen(tmp_path: Path) -> None:
    entries, place = made(tmp_path)
    stat = place.stat()
    data = bytearray(place.read_bytes())
    data[200] ^= 1
    rewrite(place, bytes(data))
    os.utime(place, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(ArtifactCorrupt):
        parcel.unpack(tmp_path, entries, {})


def test_a_missing_archive_names_what_to_do(tmp_path: Path) -> None:
    entries, place = made(tmp_path)
    place.unlink()
    with pytest.raises(ArtifactMissing, match="run that step again"):
        parcel.unpack(tmp_path, entries, {})


def test_a_damaged_archive_is_repaired_by_making_it_again(tmp_path: Path) -> None:
    entries, place = made(tmp_path)
    rewrite(place, b"garbage")
    made(tmp_path)
    assert parcel.unpack(tmp_path, entries, {})["y"] == "text"


def test_an_archive_is_hashed_once_and_then_trusted_until_it_changes(tmp_path: Path) -> None:
    entries, place = made(tmp_path)
    checked = tmp_path / "artifacts" / "checked"
    for stamp in [path for path in checked.rglob("*") if path.is_file()]:
        stamp.unlink()  # as on another machine
    shelf.check(tmp_path, entries["x"]["archive"])
    stamped = [path.name for path in checked.rglob("*") if path.is_file()]
    assert stamped == [place.name]


def test_an_archive_cannot_be_written_to_by_accident(tmp_path: Path) -> None:
    _, place = made(tmp_path)
    assert place.stat().st_mode & 0o777 == 0o400
