"""How much memory a kernel's process has, and whether the system had to kill for want of it."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from pathlib import Path
from typing import Final

import psutil

OF_LATE_S: Final = 5.0
_GROUPS: Final = Path("/sys/fs/cgroup")
_OF_THE_SYSTEM: Final = Path("/proc/vmstat")


class Memory:
    """What was seen of one process while it lived."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak = 0
        """The most it was seen to have, in bytes."""
        self._kills: dict[Path, deque[tuple[float, int]]] = {}
        """How many kills for memory were counted, and when, in each group it was seen in."""
        self._count()

    def look(self) -> None:
        """Look at the process, again and again while it lives."""
        with contextlib.suppress(psutil.Error):
            self.peak = max(self.peak, psutil.Process(self._pid).memory_info().rss)
        self._count()

    def ran_out(self) -> bool:
        """Return whether the system killed a process of its group of late for want of memory.

        Of late, as a process that was killed takes a while to give its memory back, and ends then.
        """
        return any(_kills(counts) > seen[0][1] for counts, seen in self._kills.items())

    def _count(self) -> None:
        # All it was seen in: one that has just ended is in none of its own any more.
        if (counts := _counts(self._pid)) is not None:
            self._kills.setdefault(counts, deque())
        now = time.monotonic()
        for counts, seen in self._kills.items():
            seen.append((now, _kills(counts)))
            while len(seen) > 1 and seen[1][0] < now - OF_LATE_S:
                seen.popleft()


def _counts(pid: int) -> Path | None:
    """Return the file that counts the kills in the control group of a process; None if it is gone.

    Who else runs on the machine, and is killed there, has groups of his own.
    """
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for _, controllers, group in (line.split(":", 2) for line in lines):
        below = group.lstrip("/")
        if "memory" in controllers.split(","):  # the first version of control groups
            found = _GROUPS / "memory" / below / "memory.oom_control"
        else:
            found = _GROUPS / below / "memory.events.local"
        if found.exists():
            return found
    return _OF_THE_SYSTEM


def _kills(counts: Path) -> int:
    """Return how often the system has killed for memory, as it counts there; 0 if unknown."""
    with contextlib.suppress(OSError, ValueError):
        for line in counts.read_text(encoding="ascii").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
