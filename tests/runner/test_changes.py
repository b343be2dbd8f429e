"""Inputs that a step changed though nobody foresaw it, and those that it did not."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from values import everything

from nbprism.runner.artifacts import changes, pages, parcel

VALUES = everything()


@dataclasses.dataclass
class Model:
    weights: Any
    history: list[float]

    @functools.cached_property
    def total(self) -> float:
        return float(sum(self.history))


class Consumer:
    """A step that has loaded some values."""

    def __init__(self, store: Path, values: dict[str, Any]) -> None:
        self.store = store
        self.entries = parcel.pack(store, "make", values, {})
        self.names = parcel.unpack(store, self.entries, {})

    def changed(self) -> list[str]:
        return changes.changed(self.store, self.entries, self.names)


@pytest.mark.parametrize("kind", VALUES)
def test_what_was_only_loaded_has_not_changed(tmp_path: Path, kind: str) -> None:
    assert Consumer(tmp_path, {"v": VALUES[kind][0]}).changed() == []


def frame() -> pd.DataFrame:
    numbers = {f"n{i}": np.arange(5000.0) + i for i in range(4)}
    return pd.DataFrame({**numbers, "s": [f"row {i}" for i in range(5000)]})


def inserted() -> pd.DataFrame:
    """Return a frame in many blocks, which pandas puts together when it next sees fit."""
    made = pd.DataFrame({"a": np.zeros(5000)})
    for n in range(5):
        made[f"b{n}"] = np.ones(5000) * n
    return made


LOOKS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "sum of an array": (lambda: np.ones(10_000), lambda v: v.sum()),
    "same values written": (lambda: np.ones(10_000), lambda v: v.__setitem__(3, 1.0)),
    "statistics of a frame": (frame, lambda v: (v.describe(), v.groupby("s").sum(), v.corr(numeric_only=True))),
    "look-up in an index": (lambda: frame().set_index("s"), lambda v: v.loc["row 3"]),
    "values of a frame in blocks": (inserted, lambda v: (v.values, v._consolidate_inplace())),
    "printing": (frame, lambda v: (repr(v), v._repr_html_())),
    "a new column in a copy": (frame, lambda v: v.assign(x=1)),
    "cached property": (lambda: Model(np.ones(9000), [1.0]), lambda v: v.total),
    "equal text in its place": (lambda: ["some text"] * 2,
                                lambda v: v.__setitem__(0, "".join(["some ", "text"]))),
    "sorted copy": (lambda: [3, 1, 2], sorted),
    "hash of text": (lambda: {"a": "text" * 9}, lambda v: hash(v["a"])),
    "prediction": (lambda: VALUES["model"][0], lambda v: v.predict(np.ones((2, 3)))),
    "cast of a sparse matrix": (lambda: VALUES["sparse matrix"][0], lambda v: (v.T @ v, v.sum())),
    "categories": (lambda: VALUES["frame with categories"][0], lambda v: v.c.cat.codes.sum()),
    "arrow columns": (lambda: VALUES["frame of arrow columns"][0], lambda v: v.s.str.len().sum()),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_looking_at_a_value_is_not_changing_it(tmp_path: Path, look: str) -> None:
    make, use = LOOKS[look]
    consumer = Consumer(tmp_path, {"v": make()})
    use(consumer.names["v"])
    assert consumer.changed() == []


def test_drawing_a_figure_is_not_changing_it(tmp_path: Path) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    figure.subplots().plot([1, 2])
    consumer = Consumer(tmp_path, {"v": figure})
    consumer.names["v"].canvas.draw()
    assert consumer.changed() == []


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "one element of an array": (lambda: np.ones(1_000_000), lambda v: v.__setitem__(999_999, 2.0)),
    "a small array": (lambda: np.ones(5), lambda v: v.__setitem__(0, 2.0)),
    "an array of dates": (lambda: np.arange(9000).astype("M8[s]"), lambda v: v.__setitem__(0, v[1])),
    "shape": (lambda: np.ones(10_000), lambda v: setattr(v, "shape", (100, 100))),
    "a cell of a frame": (frame, lambda v: v.iloc.__setitem__((7, 0), -1.0)),
    "text in a frame": (frame, lambda v: v.iloc.__setitem__((7, 4), "new")),
    "a column": (frame, lambda v: v.insert(0, "new", 1)),
    "a column's name": (frame, lambda v: setattr(v, "columns", list("abcde"))),
    "an index": (frame, lambda v: setattr(v, "index", range(5000, 0, -1))),
    "attributes of a frame": (frame, lambda v: v.attrs.update(a=1)),
    "a list": (lambda: [1, [2]], lambda v: v[1].append(3)),
    "a default": (lambda: defaultdict(list), lambda v: v["new"]),
    "an object": (lambda: Model(np.ones(9000), []), lambda v: v.history.append(1.0)),
    "an array in an object": (lambda: Model(np.ones(9000), []), lambda v: v.weights.fill(0)),
    "random numbers": (lambda: np.random.default_rng(1), lambda v: v.random()),
    "a model": (lambda: VALUES["model"][0], lambda v: v.set_params(standardscaler__with_mean=False)),
    "a name space": (lambda: types.SimpleNamespace(a=1), lambda v: setattr(v, "a", 2)),
    "a sparse matrix": (lambda: VALUES["sparse matrix"][0], lambda v: v.data.fill(1)),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_changing_a_value_is_noticed(tmp_path: Path, change: str) -> None:
    make, use = CHANGES[change]
    consumer = Consumer(tmp_path, {"v": make(), "other": np.ones(9000)})
    use(consumer.names["v"])
    assert consumer.changed() == ["v"]


def test_both_names_of_a_shared_object_have_changed(tmp_path: Path) -> None:
    shared = [1]
    consumer = Consumer(tmp_path, {"a": {"s": shared}, "b": [shared], "c": [1]})
    consumer.names["a"]["s"].append(2)
    assert consumer.changed() == ["a", "b"]


def test_a_change_through_one_view_is_one_of_the_other(tmp_path: Path) -> None:
    base = np.ones((100, 100))
    consumer = Consumer(tmp_path, {"base": base, "row": base[3], "far": base[50:]})
    assert consumer.changed() == []
    consumer.names["row"][0] = 9.0
    assert consumer.changed() == ["base", "row"]


def test_where_the_system_does_not_say_what_was_written_bytes_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "written", lambda *_: None)
    consumer = Consumer(tmp_path, {"a": np.ones(9000), "b": np.ones(9000)})
    consumer.names["a"][5] = 2.0
    assert consumer.changed() == ["a"]


def test_a_value_that_was_deleted_or_cannot_be_told_is_left_alone(tmp_path: Path) -> None:
    consumer = Consumer(tmp_path, {"gone": [1], "odd": [1]})
    del consumer.names["gone"]
    consumer.names["odd"].append(i for i in ())
    assert consumer.changed() == []
