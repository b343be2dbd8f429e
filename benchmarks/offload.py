"""A cell on a warm local cluster: `python benchmarks/offload.py [--quick]`.

Bars: from `%%nbprism` to the first output that comes back, 300 ms; 1 GB sent within 2 of writing
the same bytes to the same disk, and next to nothing the second time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pipelines
import results
from options import Options
from series import Series, seconds

from nbprism.offload.capture import CELL, KERNEL, capture
from nbprism.offload.remote import RemoteCell, send
from nbprism.runner import events as ev
from nbprism.runner.artifacts import parcel
from nbprism.runner.following import follow

GB = 10**9
QUICK_GB = 10**8
CELLS = 20
QUICK_CELLS = 4


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    body = ["From the magic's first line to the first output in the kernel:", ""]
    body += _first_outputs(QUICK_CELLS if options.quick else CELLS)
    size = QUICK_GB if options.quick else GB
    body += ["", f"A float64 array of {size / GB:g} GB, put into the store:", ""]
    body += _sending(size, options.repeats)
    results.write("offload.py", "A cell on the cluster", body, quick=options.quick)


def _first_outputs(cells: int) -> list[str]:
    first, whole = Series(), Series()
    with pipelines.workplace() as folder:
        for number in range(-1, cells):
            # Another value each time, or the cell would be reused.
            told, took = _one_cell({"x": number}, folder)
            if number >= 0:
                first.times.append(told)
                whole.times.append(took)
            time.sleep(pipelines.SETTLE_S)
    rows = [("first output", first), ("values bound", whole)]
    shown = [(name, series.shown(), f"{1e3 * series.quantile(0.9):.0f}") for name, series in rows]
    return results.table(("until", "ms", "90 % within, ms"), shown)


def _one_cell(namespace: dict[str, Any], folder: Path) -> tuple[float, float]:
    began = time.perf_counter()
    cell = capture("print(x)\ny = x + 1", namespace, {}, name="bench-cell")
    remote = send(cell, namespace, folder=folder)
    told = _until_output(remote) - began
    remote.result()
    return told, time.perf_counter() - began


def _until_output(remote: RemoteCell) -> float:
    for event in follow(remote.run.folder):
        if isinstance(event, ev.CellOutput) and event.cell == CELL:
            return time.perf_counter()
    raise AssertionError(f"The cell wrote nothing: {remote.run.error}")


def _sending(size: int, repeats: int) -> list[str]:
    value = {"x": np.random.default_rng(1).random(size // 8)}
    raw, sent, again, back = Series(), Series(), Series(), Series()
    for repeat in range(repeats):
        # In turn which is first: after a gigabyte some disks are slower for a while.
        ways = [lambda: _raw(value["x"], raw), lambda: _sent(value, sent, again, back)]
        for way in ways if repeat % 2 else ways[::-1]:
            way()
    rows = [
        ("raw write", raw), ("sent", sent), ("sent again: neither written nor read", again),
        ("sent back, as it came: not even read", back),
    ]  # fmt: skip
    shown = [(name, one.shown(), f"{one.median / raw.median:.3f}") for name, one in rows]
    return results.table(("way", "ms", "to a raw write"), shown)


def _raw(array: np.ndarray, raw: Series) -> None:
    with _folder() as folder:
        raw.times.append(seconds(lambda: _write(array, folder / "raw")))


def _sent(value: dict[str, Any], sent: Series, again: Series, back: Series) -> None:
    with _folder() as folder:
        began = time.perf_counter()
        entries = parcel.pack(folder, KERNEL, value, {}, known={})
        sent.times.append(time.perf_counter() - began)
        again.times.append(seconds(lambda: _again(folder, value, entries)))
        came = parcel.unpack(folder, entries, {})
        back.times.append(seconds(lambda: _again(folder, came, entries)))


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="offload-", dir=Path(__file__).parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _again(store: Path, value: dict[str, Any], known: dict[str, Any]) -> None:
    before = _inodes(store)
    parcel.pack(store, KERNEL, value, {}, known=known)
    assert _inodes(store) == before, "it was written again"


def _inodes(store: Path) -> set[int]:
    return {path.stat().st_ino for path in store.rglob("*") if path.is_file()}


def _write(array: np.ndarray, place: Path) -> None:
    with place.open("wb", buffering=0) as file:
        rest = memoryview(array).cast("B")
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
