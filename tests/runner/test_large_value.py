"""A value of more than 2 GB: more than 31 bits can count, and nothing to have a second time in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SIZE = 2**31 + 2**20
MOST_MB = 400
"""Of memory in use. The value itself takes none: nobody has written to its zeros."""
ROUND_TRIP = f"""
import json, pathlib, sys
import numpy as np
from nbprism.runner.artifacts import parcel
store = pathlib.Path(sys.argv[1])
value = np.zeros({SIZE}, np.uint8)
value[-1] = 7
entries = parcel.pack(store, "make", dict(value=value), {{}})
del value
found = parcel.unpack(store, entries, {{}})["value"]
told = [entries["value"]["bytes"], found.nbytes, int(found[-1]), int(found[2**31])]
most = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(json.dumps([*told, int(most) / 1000]))
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """Give a store; pytest keeps folders of tests for a while, which would be a lot here."""
    yield tmp_path / "store"
    for path in tmp_path.glob("store/artifacts/*/*"):
        if path.is_file():
            path.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory of a process")
def test_a_value_of_two_gigabytes_is_written_and_loaded_without_a_copy_in_memory(
    store: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ROUND_TRIP, str(store)],
        capture_output=True, text=True, timeout=270, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    archived, loaded, last, beyond, most_mb = json.loads(done.stdout)
    assert archived > loaded == SIZE
    assert (last, beyond) == (7, 0)
    assert most_mb < MOST_MB
