"""How much memory a kernel's process has, and whether the system had to kill for want of it."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from pathlib import Path
from typing import Final

import psutil

OF_LATE_S: Final = 5.0
_COUNTS: Final = Path("/proc/vmstat")


class Memory:
    """What was seen of one process while it lived."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak = 0
        """The most it was seen to have, in bytes."""
        self._kills = deque([(time.monotonic(), _kills())])

    def look(self) -> None:
        """Look at the process, again and again while it lives."""
        with contextlib.suppress(psutil.Error):
            self.peak = max(self.peak, psutil.Process(self._pid).memory_info().rss)
        now = time.monotonic()
        self._kills.append((now, _kills()))
        while self._kills[1][0] < now - OF_LATE_S:
            self._kills.popleft()

    def ran_out(self) -> bool:
        """Return whether the system killed some process of late because memory had run out.

        Of late, as a process that was killed takes a while to give its memory back, and ends then.
        """
        return _kills() > self._kills[0][1]


def _kills() -> int:
    """Return how often this system, or a container of it, has killed for memory; 0 if unknown."""
    with contextlib.suppress(OSError, ValueError):
        for line in _COUNTS.read_text(encoding="ascii").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
