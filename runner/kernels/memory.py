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
        self._counted = _counts(pid) or _OF_THE_SYSTEM
        """Where the system counts whom it kills for memory in the process's group."""
        self._kills = deque([(time.monotonic(), _kills(self._counted))])

    def look(self) -> None:
        """Look at the process, again and again while it lives."""
        with contextlib.suppress(psutil.Error):
            self.peak = max(self.peak, psutil.Process(self._pid).memory_info().rss)
        counted = _counts(self._pid)
        if counted is not None and counted != self._counted:  # it was moved
            self._counted = counted
            self._kills.clear()
        now = time.monotonic()
        self._kills.append((now, _kills(self._counted)))
        while len(self._kills) > 1 and self._kills[1][0] < now - OF_LATE_S:
            self._kills.popleft()

    def ran_out(self) -> bool:
        """Return whether the system killed a process of its group of late for want of memory.

        Of late, as a process that was killed takes a while to give its memory back, and ends then.
        """
        return _kills(self._counted) > self._kills[0][1]


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
