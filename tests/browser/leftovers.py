"""What a JupyterLab, its runs and its cluster leave behind; a test expects nothing."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

DEADLINE_S = 30


def processes_left(state: Path) -> list[str]:
    """Return the processes that still have this state folder, after giving them time to end."""
    deadline = time.monotonic() + DEADLINE_S
    while (left := list(_of(state))) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def _of(state: Path) -> Iterator[str]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            mine = process.environ().get("NBPRISM_STATE_DIR") == str(state)
            if mine and process.pid != os.getpid():
                yield f"{process.pid} {' '.join(process.cmdline())[:200]}"
