"""How a kernel's process gets ready."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbprism.runner.kernels.channels import write_connection

FIRST_THREAD = """
import os, sys, threading
from pathlib import Path
from nbprism.runner.kernels import boot

def room():
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("FDSize")).split()[1])

start, seen = threading.Thread.start, []

def noted(thread):
    seen.append(room())
    start(thread)

# A forked process begins with a small table, whatever its parent's.
if child := os.fork():
    os.waitpid(child, 0)
else:
    threading.Thread.start = noted
    boot.prepare(Path(sys.argv[1]))
    print(seen[0], file=sys.__stdout__, flush=True)
    os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems widen the table for nothing")
def test_a_kernel_has_room_for_its_files_before_it_has_threads(tmp_path: Path) -> None:
    # With threads, the 64th open file costs 10 to 20 ms.
    connection = write_connection(tmp_path)
    told = subprocess.run(
        [sys.executable, "-c", FIRST_THREAD, str(connection)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert int(told) >= 256
