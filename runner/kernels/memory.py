"""How much memory a kernel's process has, and whether the system had to kill for want of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import psutil

_COUNTS: Final = Path("/proc/vmstat")


class Memory:
    """What was seen of one process while it lived."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak = 0
        """The most it was seen to have, in bytes."""
        self._kills = self._kills_before = _kills()

    def look(self) -> None:
        """Look at the process, again and again while it lives."""
        with contextlib.suppress(psutil.Error):
            self.peak = max(self.peak, psutil.Process(self._pid).memory_info().rss)
        self._kills_before, self._kills = self._kills, _kills()

    def ran_out(self) -> bool:
        """Return whether the system killed some process of late because memory had run out.

        Of late is since the look before the last: this one may have been killed during the last.
        """
        return _kills() > self._kills_before


def _kills() -> int:
    """Return how often this system, or a container of it, has killed for memory; 0 if unknown."""
    with contextlib.suppress(OSError, ValueError):
        for line in _COUNTS.read_text(encoding="ascii").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
