"""A store that nobody can write to: what was made can be read, and nothing new is begun."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from full_disk import private_mounts

SCRIPT = Path(__file__).with_name("read_only_store.py")


def test_a_read_only_store_is_read_and_a_run_is_refused_with_the_reason(tmp_path: Path) -> None:
    command = private_mounts()
    if command is None:
        pytest.skip("a disk of our own needs a mount namespace, which this user may not have")
    notebook, disk = tmp_path / "nb.ipynb", tmp_path / "disk"
    disk.mkdir()
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": [f"step:{step}"]})
        for step, source in {"make": "rows = [1, 2, 3]\nprint('made')", "use": "rows"}.items()
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    done = subprocess.run(
        [*command, sys.executable, str(SCRIPT), str(disk), str(notebook)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    read = ("runs", "logs RUN", "get RUN make.rows", "run full.ipynb --dry-run")
    assert {line: told[line][0] for line in read} == dict.fromkeys(read, 0)
    assert "succeeded" in told["runs"][1]
    assert "made" in told["logs RUN"][1]
    assert told["get RUN make.rows"][1].strip() == "[1, 2, 3]"
    assert "2 reused" in told["run full.ipynb --dry-run"][1]
    for line in ("run full.ipynb", "resume RUN", "gc"):
        status, said = told[line]
        assert status == 2
        assert "Read-only file system" in said
        assert str(disk) in said
