"""Who computes a key now: one driver at a time, so that the others can take what it computes."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Final

from nbprism.runner.locks import held

if sys.platform != "win32":
    import resource

ENOUGH: Final = 1 << 16
"""Files that a driver needs open at the most; systems allow a thousand unless they are asked."""


class Claims:
    """The keys that one driver computes; the operating system frees them if it dies."""

    def __init__(self) -> None:
        self._held: dict[str, contextlib.ExitStack] = {}
        self._room = _files_to_open() // 2
        """A claim is an open file. A step over that is at worst computed twice."""

    def take(self, step: str, path: Path) -> bool:
        """Return whether the step is ours to compute; False while another driver computes it."""
        if len(self._held) >= self._room:
            return True
        stack = contextlib.ExitStack()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(path, timeout_s=0))
        except TimeoutError:
            return False
        except OSError:  # a full disk: at worst it is computed twice
            return True
        self._held[step] = stack
        return True

    def let_go(self, step: str) -> None:
        """Let others look again; a step that was not claimed is as good."""
        if stack := self._held.pop(step, None):
            stack.close()

    def let_all_go(self) -> None:
        """Let others look again, whatever it is."""
        for step in list(self._held):
            self.let_go(step)


def _files_to_open() -> int:
    """Have this process open as many files as it may ask for, and return how many that are."""
    if sys.platform == "win32":
        return ENOUGH
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if most == resource.RLIM_INFINITY else min(most, ENOUGH)
    if wanted > now != resource.RLIM_INFINITY:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        except (OSError, ValueError):  # macOS allows less than it says
            return now
    return wanted
