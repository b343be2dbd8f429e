"""What people see of a value before they load it."""

from __future__ import annotations

import base64
import io
import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nbprism.runner.artifacts import picture, preview


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a look take as long as this machine likes."""
    monkeypatch.setattr(preview, "MAX_SECONDS", 100.0)


def test_a_frame_has_a_table_of_plain_json() -> None:
    frame = pd.DataFrame(
        {
            "n": [1, 2**60, 3],
            "x": [0.5, float("nan"), float("inf")],
            "t": pd.to_datetime(["2020-01-01", None, "2021-05-05"]),
            "o": [[1], None, "<b>bold</b>"],
        },
        index=["a", "b", "c"],
    )
    look = preview.of(frame)
    assert json.loads(json.dumps(look["table"])) == {
        "columns": [
            {"name": "n", "dtype": "int64"}, {"name": "x", "dtype": "float64"},
            {"name": "t", "dtype": str(frame.t.dtype)}, {"name": "o", "dtype": "object"},
        ],
        "index": ["a", "b", "c"],
        "rows": [
            [1, 0.5, "2020-01-01 00:00:00", "[1]"],
            [str(2**60), "nan", "NaT", None],
            [3, "inf", "2021-05-05 00:00:00", "<b>bold</b>"],
        ],
    }  # fmt: skip
    assert look["shape"] == [3, 4]


def test_a_wide_and_long_frame_shows_a_corner() -> None:
    look = preview.of(pd.DataFrame(np.zeros((1000, 100))))
    assert (len(look["table"]["rows"]), len(look["table"]["columns"])) == (5, 12)
    assert look["shape"] == [1000, 100]


def test_columns_of_one_name_are_both_there() -> None:
    table = preview.of(pd.DataFrame([[1, 2]], columns=["a", "a"]))["table"]
    assert table["rows"] == [[1, 2]]


def test_an_arrow_table_has_a_table() -> None:
    look = preview.of(pa.table({"a": [1, 2], "b": ["x", None]}))
    assert look["table"]["rows"] == [[1, "x"], [2, None]]


def test_frames_of_polars_have_a_table() -> None:
    polars = pytest.importorskip("polars", reason="polars is optional")
    assert preview.of(polars.DataFrame({"a": [1, 2]}))["table"]["rows"] == [[1], [2]]


def test_long_text_in_a_table_is_cut() -> None:
    assert len(preview.of(pd.DataFrame({"a": ["x" * 10**6]}))["table"]["rows"][0][0]) == 80


def image_in(look: dict[str, Any]) -> np.ndarray[Any, Any]:
    matplotlib_image = pytest.importorskip("matplotlib.image")
    data = base64.b64decode(look["image"]["data"])
    return np.asarray(matplotlib_image.imread(io.BytesIO(data), format="png"))


@pytest.mark.parametrize("shape", [(30, 20), (30, 20, 3), (30, 20, 4)])
def test_an_array_of_pixels_has_a_picture_of_just_these(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype("u1")
    assert np.array_equal(np.round(image_in(preview.of(pixels)) * 255), pixels)


def test_a_large_image_becomes_a_small_one() -> None:
    assert image_in(preview.of(np.zeros((2000, 1000), "u1"))).shape[:2] == (223, 112)


def test_numbers_are_no_picture() -> None:
    assert "image" not in preview.of(np.zeros((30, 20)))
    assert "image" not in preview.of(np.zeros((3, 3), "u1"))


def test_a_figure_has_the_same_small_picture_each_time() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    looks = []
    for _ in range(2):
        figure = figures.Figure(figsize=(8, 4))
        figure.subplots().plot([1, 3, 2])
        looks.append({"image": picture.of(figure)})
    assert image_in(looks[0]).shape[:2] == (160, 320)
    assert looks[0] == looks[1]


def test_an_image_of_pillow_has_a_picture() -> None:
    pillow = pytest.importorskip("PIL.Image")
    assert image_in(preview.of(pillow.new("RGB", (640, 640)))).shape[:2] == (240, 240)


class Endless:
    def __repr__(self) -> str:
        time.sleep(60)
        return ""

    __len__ = __str__ = __repr__  # type: ignore[assignment]


class Raising:
    def __repr__(self) -> str:
        raise SystemExit("no")


class Huge:
    def __repr__(self) -> str:
        return "x" * 10**8


class Lying:
    shape = ("a", None)
    dtype = property(lambda self: 1 / 0)
    __module__ = "pandas.core"


@pytest.mark.parametrize("kind", [Endless, Raising, Huge, Lying])
@pytest.mark.parametrize("where", ["alone", "in a list", "in a frame"])
def test_a_hostile_value_costs_neither_the_step_nor_much_time(
    kind: type[Any], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "MAX_SECONDS", 0.3)
    value: Any = {"alone": kind(), "in a list": [kind()]}.get(where, pd.DataFrame({"a": [kind()]}))
    before = time.monotonic()
    look = preview.of(value)
    assert time.monotonic() - before < 20
    assert len(json.dumps(look)) < 10_000


def test_a_preview_is_the_same_in_every_process() -> None:
    class Model:
        pass

    assert preview.of(Model())["preview"] == preview.of(Model())["preview"]
