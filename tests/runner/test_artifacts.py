"""Values that go to the store and come back: what they are, what they share, what is refused."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import csv
import gc
import json
import queue
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.extra.pandas import column, data_frames, range_indexes
from values import everything

from nbprism.runner import layout
from nbprism.runner.artifacts import parcel, shelf
from nbprism.runner.errors import ArtifactUnsupported, StoreFull

VALUES = everything()


def notebook(source: str = "", **names: Any) -> dict[str, Any]:
    """Return the globals of a notebook that has run `source`."""
    home = types.ModuleType("__main__").__dict__
    home.update(names)
    exec(compile(source, "<notebook>", "exec", dont_inherit=True), home)
    return home


def handed_over(
    store: Path, values: dict[str, Any], home: dict[str, Any], there: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values as a consumer with the globals `there` gets them."""
    entries = parcel.pack(store, "make", values, home)
    crossed = json.loads(json.dumps(entries))
    return parcel.unpack(store, crossed, home if there is None else there)


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_arrives_as_it_was(tmp_path: Path, kind: str) -> None:
    value, check = VALUES[kind]
    entries = parcel.pack(tmp_path, "make", {"v": value}, {})
    assert "archive" in entries["v"], entries["v"]
    assert check(value, parcel.unpack(tmp_path, entries, {})["v"])


def test_every_value_arrives_in_another_process(tmp_path: Path) -> None:
    entries = {k: parcel.pack(tmp_path, "make", {k: v}, {})[k] for k, (v, _) in VALUES.items()}
    place = tmp_path / "entries.json"
    place.write_text(json.dumps(entries))
    reader = [sys.executable, Path(__file__).with_name("reader.py"), tmp_path, place]
    assert json.loads(subprocess.run(reader, check=True, capture_output=True).stdout) == {}


@pytest.mark.parametrize("kind", VALUES)
def test_every_value_has_a_line_of_preview(tmp_path: Path, kind: str) -> None:
    entry = parcel.pack(tmp_path, "make", {"v": VALUES[kind][0]}, {})["v"]
    assert entry["type"]
    assert "\n" not in entry["preview"]
    assert len(entry["preview"]) <= 200
    assert len(entry["head"]) <= 2000


def test_an_array_is_loaded_without_being_read_and_may_be_written_to(tmp_path: Path) -> None:
    loaded = handed_over(tmp_path, {"x": np.zeros(1_000_000)}, {})["x"]
    again = handed_over(tmp_path, {"x": np.zeros(1_000_000)}, {})["x"]
    loaded[0] = 1.0
    assert again[0] == 0.0
    assert not loaded.flags.owndata
    assert loaded.ctypes.data % 64 == 0


def test_a_read_only_array_stays_read_only(tmp_path: Path) -> None:
    frozen = np.zeros(10_000)
    frozen.flags.writeable = False
    assert not handed_over(tmp_path, {"x": frozen}, {})["x"].flags.writeable


def test_equal_values_have_one_archive(tmp_path: Path) -> None:
    first = parcel.pack(tmp_path, "a", {"x": np.arange(5000)}, {})
    second = parcel.pack(tmp_path, "b", {"y": np.arange(5000)}, {})
    assert first["x"]["archive"] == second["y"]["archive"]


def test_equal_values_do_not_become_one_object(tmp_path: Path) -> None:
    shared = [0]
    values = {"a": [1], "b": [1], "c": [shared], "d": [shared], "e": [[0]], "f": [[0]]}
    got = handed_over(tmp_path, values, {})
    got["a"].append(2)
    got["c"][0].append(2)
    assert got == {"a": [1, 2], "b": [1], "c": [[0, 2]], "d": [[0, 2]], "e": [[0]], "f": [[0]]}


def test_values_that_share_nothing_travel_alone(tmp_path: Path) -> None:
    entries = parcel.pack(tmp_path, "s", {"a": [1, "same text"], "b": {"k": "same text"}}, {})
    assert entries["a"]["archive"] != entries["b"]["archive"]


def test_values_that_share_an_object_still_share_it(tmp_path: Path) -> None:
    shared = {"rate": 1}
    values = {"a": [shared], "b": {"s": shared}, "c": [3]}
    entries = parcel.pack(tmp_path, "s", values, {})
    got = parcel.unpack(tmp_path, entries, {})
    assert got["a"][0] is got["b"]["s"]
    assert entries["a"]["archive"] == entries["b"]["archive"] != entries["c"]["archive"]


def test_views_of_one_array_stay_views_across_names(tmp_path: Path) -> None:
    base = np.arange(10_000.0).reshape(100, 100)
    values = {"base": base, "row": base[3], "column": base[:, 4], "back": [base[::-1]]}
    got = handed_over(tmp_path, values, {})
    got["base"][3, 4] = -1
    assert got["row"][4] == got["column"][3] == got["back"][0][96, 4] == -1
    for name in ("base", "row", "column"):
        assert got[name].shape == values[name].shape
        assert got[name].strides == values[name].strides


def test_views_within_one_value_stay_views(tmp_path: Path) -> None:
    base = np.arange(10_000.0)
    got = handed_over(tmp_path, {"d": {"all": base, "half": base[5000:]}}, {})["d"]
    got["half"][0] = -1
    assert got["all"][5000] == -1


def test_a_small_view_does_not_drag_its_base_along(tmp_path: Path) -> None:
    base = np.zeros(1_000_000)
    entry = parcel.pack(tmp_path, "s", {"view": base[:10]}, {})["view"]
    assert entry["bytes"] < 10_000


def test_frames_that_share_memory_behind_the_scenes_do_not_arrive_entangled(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.zeros(5000)})
    got = handed_over(tmp_path, {"one": frame, "two": frame[["a"]]}, {})
    got["one"].iloc[0, 0] = 9.0
    assert got["two"].iloc[0, 0] == 0.0


def test_an_index_in_common_does_not_tie_frames_together(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.zeros(50), "b": np.ones(50)}, index=[f"r{i}" for i in range(50)])
    dates = frame.set_axis(pd.date_range("2020", periods=50))
    values = {"one": frame[["a"]], "two": frame["b"], "names": list(frame.columns),
              "three": dates["a"], "four": dates["b"], "five": frame.columns}  # fmt: skip
    entries = parcel.pack(tmp_path, "s", values, {})
    assert len({entry["archive"] for entry in entries.values()}) == len(values)


def test_an_instance_is_of_the_class_that_the_consumer_replays(tmp_path: Path) -> None:
    source = "class Model:\n    def __init__(self, rate): self.rate = rate\nmodel = Model(3)"
    home, there = notebook(source), notebook(source.splitlines()[0] + "\n    replayed = True")
    got = handed_over(tmp_path, {"model": home["model"]}, home, there)["model"]
    assert type(got) is there["Model"]
    assert got.rate == 3


def test_a_class_that_is_not_replayed_comes_along(tmp_path: Path) -> None:
    source = (
        "import dataclasses\n@dataclasses.dataclass\nclass Base:\n    x: int\n    def double(self):"
        " return twice(self.x)\nclass Model(Base):\n    def double(self): return super().double()\n"
        "def twice(x): return 2 * x\nmodel = Model(4)"
    )
    home, there = notebook(source), notebook()
    got = handed_over(tmp_path, {"model": home["model"]}, home, there)["model"]
    assert got.double() == 8
    assert type(got).__name__ == "Model"


def test_the_archive_of_an_instance_does_not_depend_on_the_process(tmp_path: Path) -> None:
    source = "class Model:\n    def f(self): return 1\nmodel = Model()"
    digests = set()
    for _ in range(2):
        home = notebook(source)
        digests.add(parcel.pack(tmp_path, "s", {"m": home["model"]}, home)["m"]["archive"])
    assert len(digests) == 1


def test_an_object_that_only_its_identity_tells_is_that_of_the_consumer(tmp_path: Path) -> None:
    home, there = notebook("missing = object()\nd = {'a': missing}"), notebook("missing = object()")
    assert handed_over(tmp_path, {"d": home["d"]}, home, there)["d"]["a"] is there["missing"]


def test_an_object_without_a_name_is_one_object_again(tmp_path: Path) -> None:
    home = notebook("pair = [object()] * 2")
    one, other = handed_over(tmp_path, {"pair": home["pair"]}, home)["pair"]
    assert one is other


def test_a_memoised_function_is_that_of_the_consumer_or_made_again(tmp_path: Path) -> None:
    source = "import functools\n@functools.lru_cache(maxsize=7)\ndef f(n): return n\ng = f"
    home, there = notebook(source), notebook(source)
    assert handed_over(tmp_path, {"g": home["g"]}, home, there)["g"] is there["f"]
    made = handed_over(tmp_path, {"g": home["g"]}, home)["g"]
    assert (made(3), made.cache_parameters()["maxsize"]) == (3, 7)


def test_a_class_with_a_cached_property_comes_along(tmp_path: Path) -> None:
    source = (
        "import functools\nclass C:\n    @functools.cached_property\n    def x(self): return 5\n"
    )
    home = notebook(f"{source}c = C()")
    assert handed_over(tmp_path, {"c": home["c"]}, home)["c"].x == 5


def test_functions_read_the_globals_of_the_consumer(tmp_path: Path) -> None:
    home = notebook("rate = 2\nf = lambda x: rate * x")
    there = notebook("rate = 10")
    assert handed_over(tmp_path, {"f": home["f"]}, home, there)["f"](3) == 30


def test_a_function_brings_the_globals_that_the_consumer_lacks(tmp_path: Path) -> None:
    home = notebook("import math\nrate = 2\nf = lambda x: math.floor(rate * x)")
    assert handed_over(tmp_path, {"f": home["f"]}, home, notebook())["f"](3.2) == 6


def test_a_closure_keeps_its_state_and_shares_it(tmp_path: Path) -> None:
    home = notebook(
        "def counter():\n    n = 0\n    def up():\n        nonlocal n; n += 1; return n\n"
        "    def read(): return n\n    return up, read\nup, read = counter(); up()"
    )
    got = handed_over(tmp_path, {"up": home["up"], "read": home["read"]}, home, notebook())
    assert got["up"]() == 2
    assert got["read"]() == 2
    assert home["read"]() == 1


def test_an_inner_function_that_calls_itself_arrives(tmp_path: Path) -> None:
    home = notebook(
        "def make():\n    def fact(n: int, start: int = 1) -> int:\n        'Doc.'\n"
        "        return start if n == 0 else n * fact(n - 1)\n    return fact\nfact = make()"
    )
    got = handed_over(tmp_path, {"fact": home["fact"]}, home, notebook())["fact"]
    assert (got(5), got.__doc__, got.__annotations__["n"]) == (120, "Doc.", int)


def test_functions_that_call_each_other_arrive(tmp_path: Path) -> None:
    home = notebook(
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n > 0 and even(n - 1)"
    )
    assert handed_over(tmp_path, {"even": home["even"]}, home, notebook())["even"](10) is True


UNMOVABLE: dict[str, tuple[Callable[[], Any], str, str]] = {
    "generator": (lambda: (i for i in ()), "generator", "list("),
    "nested lock": (lambda: {"a": [1, threading.Lock()]}, "v['a'][1] (_thread.lock)", "guard"),
    "event": (threading.Event, "threading.Event", "guard"),
    "text file": (lambda: Path(__file__).open(), "TextIOWrapper", "path"),  # noqa: SIM115
    "binary file": (lambda: Path(__file__).open("rb"), "BufferedReader", "path"),  # noqa: SIM115
    "temporary folder": (tempfile.TemporaryDirectory, "TemporaryDirectory", "stays"),
    "memoryview": (lambda: memoryview(b"abc"), "memoryview", "bytes"),
    "socket": (socket.socket, "socket.socket", "address"),
    "database": (lambda: sqlite3.connect(":memory:"), "sqlite3.Connection", "path"),
    "thread": (threading.Thread, "threading.Thread", "wait"),
    "process": (lambda: subprocess.Popen([sys.executable, "-c", ""]), "Popen", "wait"),
    "weak reference": (lambda: weakref.ref(Path), "weakref", "object"),
    "match": (lambda: re.match("a", "a"), "re.Match", "group"),
    "ssl": (ssl.create_default_context, "SSLContext", "create it"),
    "pool of threads": (lambda: concurrent.futures.ThreadPoolExecutor(1), "ThreadPoolExecutor",
                        "create it"),
    "queue": (queue.SimpleQueue, "SimpleQueue", "guard"),
    "rows of a file": (lambda: csv.reader([]), "_csv.reader", "plain data"),
    "context variable": (lambda: contextvars.ContextVar("v"), "ContextVar", "create it"),
    "frame": (sys._getframe, "frame", "format_exc"),
    "inside an object": (lambda: types.SimpleNamespace(db=sqlite3.connect(":memory:")),
                         "v.db (sqlite3.Connection)", "path"),
    "inside a closure": (lambda: _closing_over(threading.Lock()),
                         "_thread.lock", "guard"),
    "chunks of a frame": (lambda: pd.read_csv(__file__, chunksize=1, sep="\0"),
                          "TextFileReader", "chunks"),
    "widget": (ipywidgets.IntSlider, "ipywidgets.widgets.widget_int.IntSlider", "value"),
}  # fmt: skip


def _closing_over(gate: Any) -> Callable[[], Any]:
    return lambda: gate


@pytest.fixture
def closing() -> Iterator[list[Any]]:
    """Close what a test opened, in whatever way that is done."""
    opened: list[Any] = []
    yield opened
    for value in opened:
        inner = getattr(value, "db", value)
        for way in ("close", "cleanup", "wait"):
            if callable(getattr(inner, way, None)) and not isinstance(inner, threading.Event):
                getattr(inner, way)()
    opened.clear()
    gc.collect()


@pytest.mark.parametrize("kind", UNMOVABLE)
def test_what_cannot_be_moved_is_named_and_explained(
    tmp_path: Path, kind: str, closing: list[Any]
) -> None:
    make, what, advice = UNMOVABLE[kind]
    closing.append(make())
    entry = parcel.pack(tmp_path, "make", {"v": closing[0], "w": 1}, {})["v"]
    assert "archive" not in entry
    assert what in entry["unsupported"]
    assert advice in entry["unsupported"]
    assert not any(layout.drafts(tmp_path).iterdir())


USES: dict[str, Callable[[Any], Any]] = {
    "attribute": lambda v: v.anything, "call": lambda v: v(), "iteration": list,
    "length": len, "item": lambda v: v[0], "truth": bool, "addition": lambda v: v + 1,
    "comparison": lambda v: v == 1, "text": str, "containment": lambda v: 1 in v,
    "with": lambda v: v.__enter__(), "assignment": lambda v: setattr(v, "a", 1),
    "next": next, "await": lambda v: asyncio.run(_wait_for(v)),
}  # fmt: skip


async def _wait_for(value: Any) -> None:
    await value


@pytest.mark.parametrize("use", USES)
def test_a_placeholder_raises_when_it_is_used(tmp_path: Path, use: str) -> None:
    got = handed_over(tmp_path, {"g": (i for i in ())}, {})["g"]
    with pytest.raises(ArtifactUnsupported, match=r"'g' was made in step 'make'.*generator"):
        USES[use](got)


def test_a_placeholder_can_be_looked_at_and_passed_on(tmp_path: Path) -> None:
    got = handed_over(tmp_path, {"g": (i for i in ())}, {})["g"]
    assert "stayed in step 'make'" in repr(got)
    alone = handed_over(tmp_path, {"g": got}, {})["g"]
    nested = handed_over(tmp_path, {"d": {"g": got}}, {})["d"]["g"]
    for again in (alone, nested):
        with pytest.raises(ArtifactUnsupported, match="'make'"):
            again.use()


def test_a_value_that_reads_back_as_something_else_is_refused_where_it_was_made(
    tmp_path: Path,
) -> None:
    home = notebook("class Odd:\n    def __reduce__(self): return (list, ())\nodd = Odd()")
    entry = parcel.pack(tmp_path, "make", {"odd": home["odd"]}, home)["odd"]
    assert "it would arrive as list" in entry["unsupported"]


def test_a_value_that_cannot_be_read_back_is_refused_where_it_was_made(tmp_path: Path) -> None:
    home = notebook("class Odd:\n    def __reduce__(self): return (int, ('x',))\nodd = Odd()")
    entry = parcel.pack(tmp_path, "make", {"odd": home["odd"]}, home)["odd"]
    assert "ValueError" in entry["cause"]


def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="no space left"):
        _write_to_a_full_disk(tmp_path)
    assert not any(layout.drafts(tmp_path).iterdir())


def _write_to_a_full_disk(store: Path) -> None:
    with shelf.draft(store) as draft, Path("/dev/full").open("wb", buffering=0) as full:
        draft.writer.write(b"some")
        full.write(b"more")


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(values=st.dictionaries(st.sampled_from("abcd"), plain))
def test_any_plain_values_arrive_equal(tmp_path: Path, values: dict[str, Any]) -> None:
    assert handed_over(tmp_path, values, {}) == values


@quick
@given(
    array=hnp.arrays(
        dtype=hnp.scalar_dtypes() | hnp.array_dtypes(), shape=hnp.array_shapes(max_side=40)
    ),
    transpose=st.booleans(),
)
def test_any_array_arrives_equal(tmp_path: Path, array: Any, *, transpose: bool) -> None:
    value = array.T if transpose else array
    got = handed_over(tmp_path, {"v": value}, {})["v"]
    native = value.dtype.newbyteorder("=")
    assert got.dtype.newbyteorder("=") == native
    assert got.astype(native).tobytes() == value.astype(native).tobytes()
    assert got.shape == value.shape


@quick
@given(data=st.data())
def test_any_windows_of_one_array_share_as_they_did(tmp_path: Path, data: st.DataObject) -> None:
    base = np.arange(2000, dtype="i2")
    indexes = hnp.basic_indices(base.shape, allow_newaxis=False)
    views = {name: base[data.draw(indexes)] for name in "abc"}
    views = {name: view for name, view in views.items() if isinstance(view, np.ndarray)}
    got = handed_over(tmp_path, dict(views), {})
    for one, first in views.items():
        assert np.array_equal(got[one], first)
        for two, second in views.items():
            expected = np.shares_memory(first, second)
            assert np.shares_memory(got[one], got[two]) == expected


@quick
@given(
    count=st.integers(1, 12),
    references=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30),
    names=st.lists(st.integers(0, 11), min_size=1, max_size=5),
)
def test_any_objects_that_refer_to_each_other_arrive_in_that_shape(
    tmp_path: Path, count: int, references: list[tuple[int, int]], names: list[int]
) -> None:
    nodes: list[list[Any]] = [[number] for number in range(count)]
    for source, target in references:
        nodes[source % count].append(nodes[target % count])
    values = {f"n{at}": nodes[node % count] for at, node in enumerate(names)}
    assert shape(handed_over(tmp_path, values, {})) == shape(values)


def shape(values: dict[str, Any]) -> list[tuple[int, Any]]:
    """Return every object once, as it is met, with the numbers of those it refers to."""
    numbers: dict[int, int] = {}
    found: list[tuple[int, Any]] = []
    pending = list(values.values())
    for item in pending:
        if numbers.setdefault(id(item), len(numbers)) == len(found):
            children = item[1:]
            found.append((item[0], len(children)))
            pending.extend(children)
    return [*found, *((numbers[id(item)], None) for item in pending)]


@quick
@given(
    frame=data_frames(
        columns=[
            column("i", dtype=int), column("f", elements=st.floats()), column("s", elements=st.text()),
            column("o", elements=st.none() | st.text() | st.integers(), dtype=object),
        ],
        index=range_indexes(max_size=20),
    ),
    parts=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)  # fmt: skip
def test_any_part_of_any_frame_arrives_equal(
    tmp_path: Path, frame: Any, parts: tuple[int, int]
) -> None:
    value = frame.iloc[slice(*parts)]
    got = handed_over(tmp_path, {"v": value, "column": value["f"]}, {})
    pd.testing.assert_frame_equal(got["v"], value)
    pd.testing.assert_series_equal(got["column"], value["f"])
