"""Equal values have equal digests, in whatever process they are made: early cut-off rests on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbprism.runner.kernels.environment import kernel_environment

VALUES = {
    "a frame": "pd.DataFrame({'n': range(5), 's': list('abcde'), 'c': pd.Categorical(list('aabbc'))})",
    "a frame of objects": "pd.DataFrame({'o': [{'x': 1}, [2], None]}, index=list('xyz'))",
    "a dict of texts": "{word: len(word) for word in sorted(WORDS)}",
    "a set of texts": "set(WORDS)",
    "a list made from a set": "list(set(WORDS))",
    "a frozen set in a dict": "{'stop': frozenset(WORDS)}",
    "an array": "np.arange(10_000.0).reshape(100, 100)",
    "a model": "LinearRegression().fit(np.arange(8.0).reshape(4, 2), [1.0, 2.0, 3.0, 5.0])",
}
CODE = """
import sys; from pathlib import Path
import numpy as np, pandas as pd
from sklearn.linear_model import LinearRegression
from nbprism.runner.artifacts import parcel
WORDS = "the order of a set of texts is decided by a seed".split()
for text in sys.argv[2:]:
    print(parcel.pack(Path(sys.argv[1]), "s", {"v": eval(text)}, globals())["v"]["archive"])
"""


def digests(store: Path, **variables: str) -> list[str]:
    """Return the digests of the values' archives, made in a process with a kernel's environment."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    made = subprocess.run(
        [sys.executable, "-c", CODE, str(store), *VALUES.values()],
        env=kernel_environment(inherited, variables),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return made.stdout.split()


def test_equal_values_of_two_kernels_have_one_digest(tmp_path: Path) -> None:
    one, two = digests(tmp_path), digests(tmp_path)
    assert dict(zip(VALUES, one, strict=True)) == dict(zip(VALUES, two, strict=True))


def test_a_seed_of_the_users_own_is_the_kernels(tmp_path: Path) -> None:
    fixed, own = digests(tmp_path), digests(tmp_path, PYTHONHASHSEED="3")
    differ = [name for name, a, b in zip(VALUES, fixed, own, strict=True) if a != b]
    assert differ == ["a set of texts", "a list made from a set", "a frozen set in a dict"]


@pytest.mark.parametrize("where", ["inherited", "added"])
def test_the_seed_is_fixed_where_nobody_chose_one(where: str) -> None:
    assert kernel_environment({}, {})["PYTHONHASHSEED"] == "0"
    chosen = {"PYTHONHASHSEED": "random"}
    inherited, added = (chosen, {}) if where == "inherited" else ({}, chosen)
    assert kernel_environment(inherited, added)["PYTHONHASHSEED"] == "random"
