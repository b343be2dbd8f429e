"""Values of all the kinds that steps hand to each other, and how to tell that one arrived."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import importlib.util
import io
import operator
import pathlib
import random
import re
import tempfile
import types
import uuid
import zoneinfo
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from matplotlib.figure import Figure
from numpy.dtypes import StringDType
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Check = Callable[[Any, Any], bool]
Point = namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Settings:
    rate: float
    names: list[str]


def arrays_equal(before: Any, after: Any) -> bool:
    return (
        type(before) is type(after)
        and before.dtype == after.dtype
        and before.shape == after.shape
        and before.flags.f_contiguous == after.flags.f_contiguous
        and np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    )


def frames_equal(before: Any, after: Any) -> bool:
    pd.testing.assert_frame_equal(before, after)
    return type(before) is type(after) and before.attrs == after.attrs


def series_equal(before: Any, after: Any) -> bool:
    pd.testing.assert_series_equal(before, after)
    return True


def index_equal(before: Any, after: Any) -> bool:
    pd.testing.assert_index_equal(before, after, exact=True)
    return True


def same(before: Any, after: Any) -> bool:
    return type(before) is type(after) and bool(before == after)


def _big(dtype: Any, shape: Any = (40, 50)) -> Any:
    return np.arange(2000).reshape(shape).astype(dtype)


def arrays() -> Iterator[tuple[str, Any, Check]]:
    for dtype in ("b1", "i1", "u2", "i8", "f2", "f4", "f8", "g", "c16", "U5", "S5", "M8[ns]",
                  "m8[s]", ">f8"):  # fmt: skip
        yield f"array {dtype}", _big(dtype), arrays_equal
        yield f"small array {dtype}", _big(dtype)[:2, :2].copy(), arrays_equal
    yield "object array", np.array([[1, "a"], [None, [2]]], dtype=object), arrays_equal
    yield "structured array", np.zeros(900, dtype=[("a", "i4"), ("b", "f8", 3)]), arrays_equal
    yield "structured with dates", np.zeros(900, [("a", "M8[s]"), ("b", "i8")]), arrays_equal
    yield "Fortran order", np.asfortranarray(_big("f8")), arrays_equal
    yield "zero size", np.empty((0, 3)), arrays_equal
    yield "no dimensions", np.array(5.0), arrays_equal
    yield "record array", np.rec.array([(1, 2.0)] * 900, dtype=[("a", int), ("b", float)]), same_rec
    yield "masked array", np.ma.masked_less(_big("f8"), 9), same_masked
    yield "masked objects", np.ma.array([[1], "a"], mask=[0, 1], dtype=object), same_masked
    yield "array of a file", _mapped(), equal_values
    yield "repeated without copies", np.broadcast_to(np.arange(3.0), (900, 3)), equal_values
    yield "text of any length", np.array(["a", "é" * 99] * 99, dtype=StringDType()), equal_values
    yield "polynomial", np.polynomial.Polynomial([1, 2]), same
    yield "matrix", np.asmatrix(_big("f8")), arrays_equal
    yield "a part that is not contiguous", _big("f8")[::2, ::3], equal_values
    yield "dates, not contiguous", _big("M8[s]")[::2, ::3], equal_values
    for kind in (np.float64, np.int32, np.bool_, np.datetime64, np.complex64, np.str_):
        value = kind("2020-01-01") if kind is np.datetime64 else kind(1)
        yield f"scalar {kind.__name__}", value, same
    yield "generator of random numbers", np.random.default_rng(3), same_random
    yield "dtype", np.dtype("f4"), same


def _mapped() -> Any:
    with tempfile.NamedTemporaryFile() as file:
        mapped = np.memmap(file, dtype="f8", mode="w+", shape=(30, 30))
        mapped[:] = np.arange(900).reshape(30, 30)
        return mapped


def same_rec(before: Any, after: Any) -> bool:
    return type(before) is type(after) and bool((before == after).all())


def same_masked(before: Any, after: Any) -> bool:
    return type(before) is type(after) and bool(
        (before.mask == after.mask).all() and (before.filled(-1) == after.filled(-1)).all()
    )


def equal_values(before: Any, after: Any) -> bool:
    return before.dtype == after.dtype and np.array_equal(before, after)


def same_random(before: Any, after: Any) -> bool:
    return bool(before.bit_generator.state == after.bit_generator.state)


def frames() -> Iterator[tuple[str, Any, Check]]:
    n = 3000
    plain = pd.DataFrame(
        {"i": range(n), "f": np.linspace(0, 1, n), "s": [f"row {i}" for i in range(n)]}
    )
    plain.attrs["source"] = "made up"
    yield "frame", plain, frames_equal
    yield "part of a frame", plain[plain.i > 100][["f", "s"]], frames_equal
    yield "frame of nullable columns", plain.convert_dtypes(), frames_equal
    yield "frame of arrow columns", plain.convert_dtypes(dtype_backend="pyarrow"), frames_equal
    yield "frame of objects", pd.DataFrame({"o": [[1], {"a": 2}, None] * 9}), frames_equal
    yield (
        "frame with categories",
        plain.assign(c=pd.Categorical(["a", "b"] * (n // 2))),
        frames_equal,
    )
    yield (
        "frame with zones",
        plain.assign(t=pd.date_range("2020", periods=n, tz="UTC")),
        frames_equal,
    )
    yield "frame with two levels", plain.set_index(["s", "i"]), frames_equal
    yield "frame without rows", plain.iloc[:0], frames_equal
    yield "frame with twice the name", pd.DataFrame([[1, 2]], columns=["a", "a"]), frames_equal
    yield "series", plain["f"].rename("r"), series_equal
    yield "sparse series", pd.Series(pd.arrays.SparseArray([0, 0, 1])), series_equal
    yield "intervals", pd.Series(pd.interval_range(0, 9)), series_equal
    dates = pd.date_range("2020", periods=n, freq="h")
    yield "frame by date", plain.set_index(dates), frames_equal
    yield "frame of periods", plain.assign(p=dates.to_period("D")), frames_equal
    yield "frame of time spans", plain.assign(d=dates - dates[0]), frames_equal
    yield "frame of two levels of columns", plain.set_axis(_LEVELS, axis=1), frames_equal
    yield "frame of sparse columns", plain.assign(z=pd.arrays.SparseArray([0] * n)), frames_equal
    yield "frame by category", plain[:2].set_index(pd.CategoricalIndex(["b", "a"])), frames_equal
    yield "series of two types", pd.Series([1, "a", None, [2]]), series_equal
    yield "index of two levels", pd.MultiIndex.from_product([[1, 2], ["a", "b"]]), index_equal
    yield "groups of a frame", plain.groupby("i"), lambda b, a: b.f.sum().equals(a.f.sum())
    yield "index", pd.Index(["a", "b"], name="k"), index_equal
    yield "range index", pd.RangeIndex(5), index_equal
    yield "timestamp", pd.Timestamp("2020-01-01", tz="Europe/Madrid"), same
    yield "missing", pd.NA, lambda before, after: before is after
    table = pa.table({"a": range(n), "b": [f"x{i}" for i in range(n)]})
    yield "arrow table", table, lambda before, after: before.equals(after)
    yield "arrow batch", table.to_batches()[0], lambda before, after: before.equals(after)
    yield "arrow array", pa.array([1, None]), lambda before, after: before.equals(after)
    yield "arrow column", table["b"], lambda before, after: before.equals(after)
    yield "arrow schema", table.schema, same
    yield "nested arrow", pa.array([{"a": [1]}, None]), lambda before, after: before.equals(after)
    yield "part of an arrow table", table.slice(10, 5), lambda before, after: before.equals(after)


def objects() -> Iterator[tuple[str, Any, Check]]:
    yield from ((f"plain {type(v).__name__} {v!r:.12}", v, same) for v in (
        None, True, 0, -(2**70), 1.5, float("inf"), 1j, "", "é" * 9999, "\ud800", b"", b"x" * 9999,
        bytearray(b"y" * 9999), (1, (2,)), [1, [2]], {"a": {1: 2}}, {1, 2}, frozenset({1}),
        range(3), slice(1, 2), ..., NotImplemented,
    ))  # fmt: skip
    yield "decimal", decimal.Decimal("1.10"), same
    yield "date", datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), same
    yield "path", pathlib.PurePosixPath("a/b"), same
    yield "uuid", uuid.UUID(int=7), same
    yield "counter", Counter("hello"), same
    yield "ordered", OrderedDict(b=1, a=2), same
    yield "default", defaultdict(list, {"a": [1]}), same
    yield "deque", deque([1, 2], maxlen=2), same
    yield "named tuple", Point(1, 2), same
    yield "enumeration", Colour.RED, lambda before, after: before is after
    yield "data class", Settings(0.5, ["a"]), same
    yield "partial", functools.partial(int, base=2), lambda _, after: after("101") == 5
    yield "text in memory", io.StringIO("abc"), lambda _, after: after.read() == "abc"
    yield "function of a module", np.linalg.norm, lambda before, after: before is after
    yield "module", np, lambda before, after: before is after
    yield "exception", ValueError("no"), lambda before, after: before.args == after.args
    yield "sparse matrix", _sparse("csr"), sparse_equal
    for kind in ("csc", "coo", "bsr", "dok", "lil"):
        yield f"sparse matrix {kind}", _sparse(kind), sparse_equal
    yield "sparse array", sparse.csr_array(_sparse("csr")), sparse_equal
    yield "pattern", re.compile("a+", re.IGNORECASE), same
    yield "time span", datetime.timedelta(days=1, microseconds=3), same
    yield "time zone", zoneinfo.ZoneInfo("Europe/Madrid"), lambda before, after: before is after
    yield "time in a zone", _IN_A_ZONE, lambda b, a: b == a and b.tzinfo is a.tzinfo
    yield "fraction", fractions.Fraction(1, 3), same
    yield "flags", re.IGNORECASE | re.DOTALL, same
    yield "iterator", iter([1, 2]), lambda _, after: list(after) == [1, 2]
    yield "reversed", reversed([1, 2]), lambda _, after: list(after) == [2, 1]
    yield (
        "enumeration of a list",
        enumerate("ab"),
        lambda _, after: list(after) == [*enumerate("ab")],
    )
    yield "chained mapping", ChainMap({"a": 1}, {"b": 2}), same
    yield "name space", types.SimpleNamespace(a=1), same
    yield "method", Settings(0.5, []).__eq__, lambda b, a: a(Settings(0.5, []))
    yield "getter", operator.itemgetter(1), lambda _, after: after("ab") == "b"
    yield "random numbers of Python", random.Random(3), lambda b, a: b.getstate() == a.getstate()
    yield "list in itself", _endless(), lambda _, after: after[0] is after


def results() -> Iterator[tuple[str, Any, Check]]:
    """Yield what the work of a notebook ends in: figures and models."""
    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    yield "figure", figure, lambda b, a: a.axes[0].lines[0].get_ydata().tolist() == [1, 3, 2]
    x, y = np.random.default_rng(0).random((50, 3)), np.arange(50) % 2
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    yield "model", model, lambda b, a: np.array_equal(b.predict_proba(x), a.predict_proba(x))
    grid = GridSearchCV(model, {"logisticregression__C": [0.1, 1.0]}, cv=2).fit(x, y)
    yield "search over a grid", grid, lambda b, a: np.array_equal(b.predict(x), a.predict(x))
    forest = RandomForestClassifier(5, random_state=0).fit(x, y)
    yield "forest", forest, lambda b, a: np.array_equal(b.predict_proba(x), a.predict_proba(x))


_IN_A_ZONE = datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Madrid"))


def _sparse(kind: str) -> Any:
    return sparse.random(90, 90, 0.1, kind, random_state=0)


def sparse_equal(before: Any, after: Any) -> bool:
    return type(before) is type(after) and (before != after).nnz == 0


def _endless() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


_LEVELS = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])


def polars_values() -> Iterator[tuple[str, Any, Check]]:
    """Yield values of polars where it is installed: the development setup does not have it."""
    if importlib.util.find_spec("polars") is None:
        return
    import polars as pl

    frame = pl.DataFrame({"a": range(900), "s": ["x"] * 900, "l": [[1], None, []] * 300})
    yield "polars frame", frame, lambda before, after: after.equals(before)
    yield "polars series", frame["s"], lambda before, after: after.equals(before)
    yield "polars lazy frame", frame.lazy(), lambda before, after: after.collect().equals(frame)
    yield "polars expression", pl.col("a") + 1, lambda before, after: after.meta.eq(before)


def everything() -> dict[str, tuple[Any, Check]]:
    return {
        name: (value, check)
        for make in (arrays, frames, objects, results, polars_values)
        for name, value, check in make()
    }
