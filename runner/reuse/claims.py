"""Who computes a key now: one driver at a time, so that the others can take what it computes."""

from __future__ import annotations

import contextlib
from pathlib import Path

from nbprism.runner.locks import held


class Claims:
    """The keys that one driver computes; the operating system frees them if it dies."""

    def __init__(self) -> None:
        self._held: dict[str, contextlib.ExitStack] = {}

    def take(self, step: str, path: Path) -> bool:
        """Return whether the step is ours to compute; False while another driver computes it."""
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
