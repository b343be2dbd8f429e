"""Memory that is watched: what was not written to since is known to be what it was."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbprism.runner import layout
from nbprism.runner.artifacts import comparing, parcel, seals
from nbprism.runner.artifacts.seals import Seals

PLACE = Path("archive")
FEW_BYTES = 2 * mmap.PAGESIZE
"""What lies on a page with something else, at both ends, is looked at each time."""


def array(megabytes: int = 48) -> np.ndarray:
    return np.arange(megabytes * 125_000, dtype=np.float64)


def span_of(value: Any) -> seals.Span:
    span = seals.span_of(memoryview(value))
    assert span is not None
    return span


def looked_at(spans: list[seals.Span]) -> int:
    return sum(max(0, high - low) for low, high in spans)


@pytest.fixture
def told() -> None:
    """Ask for a system that tells."""
    if Seals().close(span_of(probe := array())) and seals._written_since(*pages_of(probe)) is None:
        pytest.skip("this system does not tell which pages were written to")


def pages_of(value: np.ndarray) -> seals.Span:
    first, last = span_of(value)
    return -(-first // mmap.PAGESIZE) * mmap.PAGESIZE, last // mmap.PAGESIZE * mmap.PAGESIZE


@pytest.mark.usefixtures("told")
def test_what_was_not_written_to_is_not_looked_at_again() -> None:
    known, value = Seals(), array()
    assert known.close(span_of(value), PLACE, 64) == [span_of(value)]
    known.hold(span_of(value), PLACE, 64)
    assert looked_at(known.close(span_of(value), PLACE, 64)) < FEW_BYTES


@pytest.mark.usefixtures("told")
def test_a_page_that_was_written_to_is_told_whoever_wrote(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"7" * 10)
    known, value = Seals(), array()
    known.close(span_of(value), PLACE)
    known.hold(span_of(value), PLACE, 0)
    value[3_000_000] = -1.0
    with (tmp_path / "bytes").open("rb") as file:  # the system itself writes
        file.readinto(memoryview(value).cast("B")[8_000_000:8_000_010])
    parts = known.close(span_of(value), PLACE)
    start, _ = span_of(value)
    for offset in (24_000_000, 8_000_000):
        assert any(low <= start + offset < high for low, high in parts)
    assert looked_at(parts) < 2 * mmap.PAGESIZE + FEW_BYTES


def test_memory_is_not_taken_for_what_it_was_before_it_was_closed_for_something_else() -> None:
    known, value = Seals(), array()
    known.close(span_of(value), PLACE)
    known.hold(span_of(value), PLACE, 0)
    value[:] = 0
    known.close(span_of(value[1:]))  # and nobody says what it is now
    assert known.close(span_of(value), PLACE) == [span_of(value)]


def test_what_others_may_write_to_is_always_looked_at(tmp_path: Path) -> None:
    with (tmp_path / "shared").open("w+b") as file:
        file.truncate(48 << 20)
        here, there = (np.frombuffer(mmap.mmap(file.fileno(), 0), np.uint8) for _ in range(2))
    known = Seals()
    known.close(span_of(here), PLACE)
    known.hold(span_of(here), PLACE, 0)
    there[5] = 1
    assert looked_at(known.close(span_of(here), PLACE)) >= here.nbytes


@pytest.mark.usefixtures("told")
def test_beside_a_device_that_may_write_everything_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, value = Seals(), array()
    known.close(span_of(value), PLACE)
    known.hold(span_of(value), PLACE, 0)
    monkeypatch.setattr(seals, "_HARMLESS", frozenset[str]())
    with open("/dev/null", "rb"):  # noqa: PTH123
        assert known.close(span_of(value), PLACE) == [span_of(value)]


@pytest.mark.parametrize("at", [0, 1_000_000, 5_999_999])
def test_a_large_value_changed_in_place_is_sent_as_it_is_now(tmp_path: Path, at: int) -> None:
    sent = {"x": array()}
    first = parcel.pack(tmp_path, "kernel", sent, {}, known={})
    assert parcel.pack(tmp_path, "kernel", sent, {}, known=first) == first
    sent["x"][at] = -1.0
    second = parcel.pack(tmp_path, "kernel", sent, {}, known=first)
    assert parcel.unpack(tmp_path, second, {})["x"][at] == -1.0
    sent["x"][at] = at  # as it was at first
    assert parcel.pack(tmp_path, "kernel", sent, {}, known=second) == first


@pytest.mark.usefixtures("told")
def test_a_large_value_is_sent_again_without_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"x": array()}
    first = parcel.pack(tmp_path, "kernel", sent, {}, known={})
    archive = layout.archive(tmp_path, first["x"]["archive"])
    compared = []
    whole = comparing._equal
    monkeypatch.setattr(comparing, "_equal", lambda a, b: compared.append(a.nbytes) or whole(a, b))
    assert parcel.pack(tmp_path, "kernel", sent, {}, known=first) == first
    assert archive.exists()
    assert sum(compared) < 100_000
