"""A value of one gigabyte from step to step: `python benchmarks/handoff.py [--quick]`.

Bars: the producer within 1.5 of writing the same bytes to the same disk, the consumer's load under
20 ms. Everything that goes to the disk is synced, so that a cache does not decide.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import results
from options import Options
from series import Series, seconds

from nbprism.runner.artifacts import parcel

GB = 10**9
QUICK_GB = 10**8
TEXT = 20
"""Characters of each string in the frame."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to hand a value over."""

    save: Callable[[Any, Path], Any]
    load: Callable[[Any, Path], Any]


def array(size: int) -> np.ndarray:
    return np.random.default_rng(1).random(size // 8)


def frame(size: int) -> pd.DataFrame:
    """Return numbers and Arrow strings, about half of each."""
    rows = size // (4 * 8 + TEXT + 8)
    numbers = np.random.default_rng(1).random((rows, 4))
    texts = pd.Series(np.arange(rows)).astype(str).str.zfill(TEXT)
    made = pd.DataFrame(numbers, columns=list("abcd"))
    made["text"] = texts.astype(pd.ArrowDtype(_arrow_text()))
    return made


def _arrow_text() -> Any:
    import pyarrow

    return pyarrow.large_string()


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    size = QUICK_GB if options.quick else GB
    body = []
    for title, value in (("float64 array", array(size)), ("frame", frame(size))):
        body += ["", f"{size / GB:g} GB {title}:", "", *_table(value, options)]
    results.write("handoff.py", "Hand-off", body, quick=options.quick)


def _table(value: Any, options: Options) -> list[str]:
    ways = {name: way for name, way in _ways(value).items() if options.wants(name)}
    saved = {name: Series() for name in ways}
    loaded = {name: Series() for name in ways}
    for _ in range(options.repeats):
        for name, way in ways.items():
            _measure(way, value, saved[name], loaded[name])
    if options.wants("Ray's object store"):
        saved["Ray's object store"], loaded["Ray's object store"] = _on_ray(value, options.repeats)
    raw = saved["raw write"].median if "raw write" in saved else float("nan")
    rows = [
        (name, series.shown(), f"{series.median / raw:.2f}", loaded[name].shown(digits=1))
        for name, series in saved.items()
    ]
    return results.table(("way", "save, ms", "to a raw write", "load, ms"), rows)


def _measure(way: Way, value: Any, saved: Series, loaded: Series) -> None:
    folder = Path(tempfile.mkdtemp(prefix="handoff-", dir=Path(__file__).parent))
    try:
        os.sync()  # what the way before left to be written is not this one's
        began = time.perf_counter()
        kept = way.save(value, folder)
        saved.times.append(time.perf_counter() - began)
        loaded.times.append(seconds(lambda: way.load(kept, folder)))
    finally:
        shutil.rmtree(folder)


def _ways(value: Any) -> dict[str, Way]:
    ways = {
        "nbprism": Way(_pack, lambda kept, folder: parcel.unpack(folder, kept, {})),
        "raw write": Way(_raw(value), lambda _, folder: (folder / "value").read_bytes()),
        "pickle": Way(_pickle, lambda _, folder: pickle.loads((folder / "value").read_bytes())),  # noqa: S301
        "joblib": Way(_joblib, lambda _, folder: joblib.load(folder / "value")),
    }
    if isinstance(value, pd.DataFrame):
        ways["parquet"] = Way(_parquet, lambda _, folder: pd.read_parquet(folder / "value"))
    return ways


def _pack(value: Any, folder: Path) -> Any:
    return parcel.pack(folder, "step", {"value": value}, {})


def _raw(value: Any) -> Callable[[Any, Path], None]:
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]

    def save(_: Any, folder: Path) -> None:
        with (folder / "value").open("wb", buffering=0) as file:
            for part in (head, *views):
                rest = memoryview(part)
                while rest:
                    rest = rest[file.write(rest) :]
            os.fsync(file.fileno())

    return save


def _pickle(value: Any, folder: Path) -> None:
    with (folder / "value").open("wb") as file:
        pickle.dump(value, file, protocol=5)
        _sync(file)


def _joblib(value: Any, folder: Path) -> None:
    with (folder / "value").open("wb") as file:
        joblib.dump(value, file)
        _sync(file)


def _parquet(value: Any, folder: Path) -> None:
    with (folder / "value").open("wb") as file:
        value.to_parquet(file)
        _sync(file)


def _sync(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _on_ray(value: Any, repeats: int) -> tuple[Series, Series]:
    """Measure a put here and a get in a worker; nothing of it reaches a disk."""
    import ray

    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    ray.init(
        num_cpus=1, object_store_memory=3 * GB, include_dashboard=False, log_to_driver=False,
        configure_logging=False,
    )  # fmt: skip
    saved, loaded = Series(), Series()
    try:
        load = ray.remote(_got)
        ray.get(load.remote([ray.put(0)]))
        for _ in range(repeats):
            began = time.perf_counter()
            kept = ray.put(value)
            saved.times.append(time.perf_counter() - began)
            loaded.times.append(ray.get(load.remote([kept])))
            del kept
    finally:
        ray.shutdown()
    return saved, loaded


def _got(kept: list[Any]) -> float:
    import ray

    return seconds(lambda: ray.get(kept[0]))


if __name__ == "__main__":
    sys.exit(main())
