"""A run on a disk that is really full: it ends, says where and why, and is resumed when it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from full_disk import private_mounts

HERE = Path(__file__).parent
FIRST = ("first", "a = 1\nprint('first')")
OTHER = ("other", "c = a + 1")


@pytest.fixture
def outcome(tmp_path: Path) -> Any:
    def outcome(*steps: tuple[str, str]) -> dict[str, Any]:
        command = private_mounts()
        if command is None:
            pytest.skip("a disk of our own needs a mount namespace, which this user may not have")
        cells = [
            nbformat.v4.new_code_cell(source, id=step, metadata={"tags": [f"step:{step}"]})
            for step, source in steps
        ]
        notebook = tmp_path / "full.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
        disk = tmp_path / "disk"
        disk.mkdir()
        done = subprocess.run(
            [*command, sys.executable, str(HERE / "full_disk.py"), str(disk), str(notebook)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=os.environ,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return outcome


def states(summary: dict[str, Any]) -> dict[str, str]:
    return {name: step["state"] for name, step in summary["steps"].items()}


def test_a_value_that_does_not_fit_on_the_disk(outcome: Any) -> None:
    large = ("large", "b = bytes([a]) * 30_000_000")
    found = outcome(FIRST, large, ("use", "print(len(b))"), OTHER)
    full, resumed = found["full"], found["resumed"]
    assert full["state"] == "failed"
    assert states(full)["first"] == states(full)["other"] == "succeeded"
    assert (states(full)["large"], states(full)["use"]) == ("failed", "skipped")
    error = full["error"]
    assert (error["code"], error["step"]) == ("store-full", "large")
    assert "no space left" in error["evalue"]
    assert "Free some space" in error["evalue"]
    assert states(resumed) == {
        "first": "reused", "large": "succeeded", "use": "succeeded", "other": "reused",
    }  # fmt: skip


def test_a_cell_that_fills_the_disk_itself(outcome: Any) -> None:
    fills = (
        "fills",
        "with open('grown.bin', 'wb', buffering=0) as file:\n    while a: file.write(b'x' * 4096)",
    )
    found = outcome(FIRST, fills)
    full = found["full"]
    assert (full["state"], states(full)) == ("failed", {"first": "succeeded", "fills": "failed"})
    error = full["error"]
    assert (error["code"], error["cell"], error["line"]) == ("disk-full", "fills", 2)
    assert "resume" in error["hint"]
    assert "ballast" not in full["left"]
    assert found["resumed"]["state"] == "failed"
    assert states(found["resumed"])["first"] == "reused"
