"""Objects of a kernel that become what their copies became elsewhere."""

from __future__ import annotations

import copy
from collections import OrderedDict, deque
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbprism.offload.effects import effects_of
from nbprism.offload.refill import refill


class Model:
    def __init__(self) -> None:
        self.fitted = False


class Slotted:
    __slots__ = ("x",)

    def __init__(self) -> None:
        self.x = 1


class Kept(list[int]):
    pass


def fitted() -> Model:
    model = Model()
    model.fitted = True
    model.__dict__["weights"] = [1]
    return model


REFILLED = [
    ([1, 2], [3]),
    ({"a": 1}, {"b": 2, "a": 3}),
    ({1, 2}, {2}),
    (bytearray(b"abc"), bytearray(b"x")),
    (deque([1], maxlen=3), deque([2, 3], maxlen=3)),
    (OrderedDict(a=1), OrderedDict(b=1, a=2)),
    (np.zeros(3), np.ones(3)),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1], "x": ["b"]}, index=["r"])),
    (pd.Series([1, 2]), pd.Series([1.5], name="n")),
    (Model(), fitted()),
]


@pytest.mark.parametrize(("old", "new"), REFILLED, ids=lambda value: type(value).__name__)
def test_who_holds_the_object_sees_what_it_became(old: Any, new: Any) -> None:
    holder, expected = [old], copy.deepcopy(new)
    assert refill(old, new)
    (seen,) = holder
    if isinstance(seen, pd.DataFrame):
        pd.testing.assert_frame_equal(seen, expected)
    elif isinstance(seen, pd.Series):
        pd.testing.assert_series_equal(seen, expected)
    elif isinstance(seen, Model):
        assert vars(seen) == vars(expected)
    else:
        assert list(seen) == list(expected)
        assert type(seen) is type(expected)


REFUSED = [
    (1, 2),
    ("a", "b"),
    ((1,), (2,)),
    ([1], (1,)),
    (Slotted(), Slotted()),
    (Kept([1]), Kept([2])),
    (np.zeros(3), np.zeros(4)),
    (np.zeros(3), np.zeros(3, dtype=int)),
    (deque(maxlen=2), deque(maxlen=3)),
    (ValueError("a"), ValueError("b")),
    (range(3), range(4)),
]


@pytest.mark.parametrize(("old", "new"), REFUSED, ids=lambda value: type(value).__name__)
def test_what_cannot_be_changed_as_a_whole_is_left_alone(old: Any, new: Any) -> None:
    before = copy.deepcopy(old)
    assert not refill(old, new)
    assert repr(old).partition(" at ")[0] == repr(before).partition(" at ")[0]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("x.append(1)", True),
        ("df['a'] = 1\nx.y = 2", True),
        ("print(x)", True),
        ("x = 1", False),
        ("x += [1]", False),
        ("del x", False),
        ("for x in y: pass", False),
        ("with open('f') as x: pass", False),
        ("import x", False),
        ("import x.y", False),
        ("from a import b as x", False),
        ("def x(): pass", False),
        ("try:\n    pass\nexcept E as x:\n    pass", False),
        ("match y:\n    case {'a': x}: pass", False),
        ("match y:\n    case [1, *x]: pass", False),
        ("(x := 1)", False),
        ("x = !ls", False),
        ("%matplotlib inline\n!ls {y}\nfiles = !ls\nx.append(1)", True),
        ("get_ipython().run_cell('x = 1')", False),
        ("%run other.py", False),
        ("exec('x = 1')", False),
        ("globals()['x'] = 1", False),
        ("%time x = 1", False),
        ("change()", False),
    ],
)
def test_whether_a_name_keeps_its_object_is_never_claimed_wrongly(cell: str, kept: bool) -> None:
    elsewhere = ["def change():\n    global x\n    x = 1"] if "change" in cell else []
    assert effects_of(cell, elsewhere).keeps("x") is kept


def test_what_a_cell_deletes_and_what_it_only_opens() -> None:
    effects = effects_of("with open('a') as fh, lock, more() as (p, q):\n    del a, b[0], c.d", ())
    assert (effects.deleted, effects.opened) == ({"a"}, {"fh"})
