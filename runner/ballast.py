"""Space that a run holds so that its log can say how it ended, even on a full disk."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

SIZE: Final = 256 << 10
"""Enough for the ends of all steps, with their tracebacks."""


class Ballast:
    """A file that is nothing but its size; dropped when the log needs the space."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Full already: then there is none, and the log waits for space like everybody else.
        with contextlib.suppress(OSError):
            self._path.write_bytes(os.urandom(SIZE))  # a file system may keep zeros in no space

    def close(self) -> None:
        """Give the space back; twice is as good as once."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
