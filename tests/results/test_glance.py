"""What the panel is told of a kernel's variables."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.manager import start_new_kernel

from nbprism.glance import Glance, glance
from nbprism.runner.artifacts import parcel, preview, trial
from nbprism.runner.artifacts.trial import tried


def seen(value: Any) -> Glance:
    (found,) = glance(["v"], {"v": value}).found
    return found


def test_types_and_sizes_are_those_a_run_would_tell(tmp_path: Path) -> None:
    values = {
        "X": np.zeros((100, 3)),
        "frame": pd.DataFrame({"x": np.arange(5000.0), "s": ["abc"] * 5000}),
        "rows": [1, 2, 3],
        "text": "x" * 10_000,
    }
    entries = parcel.pack(tmp_path, "s", values, {})
    for told in glance(values, dict(values)).found:
        entry = entries[told.name]
        assert (told.type, told.preview) == (entry["type"], entry["preview"])
        assert told.whole
        assert told.bytes == pytest.approx(entry["bytes"], rel=0.2, abs=500)


UNMOVABLE = [
    pytest.param((i for i in range(3)), "v (generator)", id="generator"),
    pytest.param(threading.Lock(), "v (_thread.lock)", id="lock"),
    pytest.param({"db": [sqlite3.connect(":memory:")]}, "v['db'][0] (sqlite3.", id="connection"),
    pytest.param(np.array([None, threading.Lock()]), "v (numpy.ndarray)", id="in-an-array"),
]


@pytest.mark.parametrize(("value", "where"), UNMOVABLE)
def test_what_cannot_be_moved_is_named_as_a_run_would_name_it(
    value: Any, where: str, tmp_path: Path
) -> None:
    told = seen(value).trouble
    assert told is not None
    assert told.startswith(where)
    assert told == parcel.pack(tmp_path, "s", {"v": value}, {})["v"]["unsupported"]


def test_an_open_file_is_named_and_stays_where_it_was_read_to(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("one\ntwo\n")
    with (tmp_path / "notes").open() as notes:
        notes.readline()
        assert "open the file in the step that reads it" in (seen(notes).trouble or "")
        assert notes.read() == "two\n"


@pytest.fixture(autouse=True, scope="module")
def _unhurried() -> Iterator[None]:
    """Let a look take as long as this machine likes; it ends with the size of what it looks at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "MAX_SECONDS", 100.0)
        patch.setattr(preview, "MAX_SECONDS", 100.0)
        yield


def test_a_generator_is_not_consumed() -> None:
    values = (i for i in range(3))
    seen(values)
    assert list(values) == [0, 1, 2]


def test_large_values_cost_little_and_say_that_they_are_larger() -> None:
    large = {
        "numbers": list(range(3_000_000)),
        "dicts": [{"a": i} for i in range(300_000)],
        "objects": np.array([{i} for i in range(100_000)], dtype=object),
        "view": np.zeros((2000, 2000))[:, ::2],
    }
    before = time.process_time()
    found = {told.name: told for told in glance(large, large).found}
    assert time.process_time() - before < 4
    assert [told.whole for told in found.values()] == [False, False, False, True]
    assert found["view"].bytes == pytest.approx(16e6, rel=0.01)
    assert all(told.trouble is None for told in found.values())


def test_names_that_are_not_there_are_left_out_and_a_hostile_repr_is_survived() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise SystemExit

        def __getstate__(self) -> object:
            raise RuntimeError("no")

    (told,) = glance(["gone", "rude"], {"rude": Rude()}).found
    assert (told.name, told.preview) == ("rude", "")
    assert "cannot be moved" in (told.trouble or "")


def test_a_value_that_stayed_elsewhere_says_so_without_being_used() -> None:
    (entry,) = parcel.pack(Path(), "load", {"v": threading.Lock()}, {}).values()
    (told,) = glance(["v"], parcel.unpack(Path(), {"v": entry}, {})).found
    assert "stayed in step 'load'" in (told.trouble or "")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
)


@given(PLAIN, st.sampled_from([None, threading.Lock()]))
def test_the_judgement_is_that_of_saving(value: Any, spoiler: Any) -> None:
    held = [value, spoiler]
    assert (tried(held, {}).error is None) is (spoiler is None)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    manager, client = start_new_kernel()
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def test_a_kernel_answers_as_the_panel_asks_and_nothing_of_it_is_left(client: Any) -> None:
    client.execute_interactive("import threading\nX = [1, 2]\nlock = threading.Lock()", timeout=60)
    ask = '__import__("nbprism.glance", fromlist=["glance"]).glance(["X", "lock", "no"], globals())'
    reply = client.execute_interactive(
        "", silent=True, store_history=False, user_expressions={"types": ask}, timeout=60
    )
    told = reply["content"]["user_expressions"]["types"]
    assert told["status"] == "ok"
    found = told["data"]["application/json"]["found"]
    assert [(one["name"], one["type"], one["bytes"] > 0) for one in found[:1]] == [
        ("X", "list", True)
    ]
    assert "it would guard nothing" in found[1]["trouble"]
    after = client.execute_interactive("", user_expressions={"n": "'nbprism' in dir()"}, timeout=60)
    assert after["content"]["user_expressions"]["n"]["data"]["text/plain"] == "False"
