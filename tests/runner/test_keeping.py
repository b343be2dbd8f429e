"""What a step leaves behind and no later step needs is kept, as far as that costs little."""

from __future__ import annotations

import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbprism.runner.artifacts import keeping, parcel


def kept(store: Path, **values: Any) -> dict[str, Any]:
    return keeping.keep(store, "make", values, {}, within_s=60.0)


def test_small_values_are_kept(tmp_path: Path) -> None:
    values = {"a": 1, "b": [1, {"c": 2}], "d": np.arange(9000)}
    entries = kept(tmp_path, **values)
    got = parcel.unpack(tmp_path, entries, {})
    assert got["b"] == values["b"]
    assert got["d"].sum() == values["d"].sum()


def test_code_is_not_kept(tmp_path: Path) -> None:
    assert kept(tmp_path, m=types, f=len, g=lambda: 1, c=Path) == {}


def test_a_large_value_says_why_it_was_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBPRISM_KEEP_MB", "1")
    large = {"array": np.zeros(1_000_000), "list": list(range(10**6)), "text": "x" * 10**6}
    entries = kept(tmp_path, **large, small=1)
    assert "archive" in entries.pop("small")
    for entry in entries.values():
        assert "larger than the 0.25 MB" in entry["unsupported"]
        assert "NBPRISM_KEEP_MB" in entry["unsupported"]


def test_values_share_the_room_of_their_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBPRISM_KEEP_MB", "1")
    entries = kept(tmp_path, **{f"v{n}": bytes(200_000) + bytes([n]) for n in range(9)})
    assert sum("archive" in entry for entry in entries.values()) == 4


def test_nothing_is_kept_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBPRISM_KEEP_MB", "0")
    assert "archive" not in kept(tmp_path, a=1)["a"]


def test_what_cannot_be_moved_says_so_and_stops_nothing(tmp_path: Path) -> None:
    class Broken:
        def __reduce__(self) -> Any:
            raise RuntimeError("no")

    entries = kept(tmp_path, generator=(i for i in ()), broken=Broken(), fine=1)
    assert "cannot be moved" in entries["generator"]["unsupported"]
    assert "cannot be moved" in entries["broken"]["unsupported"]
    assert "archive" in entries["fine"]


class Slow:
    def __reduce__(self) -> Any:
        time.sleep(0.06)
        return list, ()


def test_keeping_ends_when_it_takes_too_long(tmp_path: Path) -> None:
    values = {f"v{n}": [Slow()] for n in range(30)}
    entries = keeping.keep(tmp_path, "make", values, {}, within_s=keeping.time_for(0.0))
    late = [e for e in entries.values() if "too long" in e.get("unsupported", "")]
    assert len(late) >= 28


@pytest.fixture(autouse=True)
def _nothing_is_left_over(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list((tmp_path / "artifacts" / "drafts").glob("*"))
