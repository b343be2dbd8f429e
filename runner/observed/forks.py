"""What forks of the kernel do to files, such as the workers of a `multiprocessing` pool.

A fork has the audit hook, and a copy of what was noted so far that nobody will ever read. So it
also writes what it sees to a file that it shares with the kernel.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from nbprism.runner import own_json


class Forks:
    """The line from forks of this process to it; opened before the first one."""

    def __init__(self) -> None:
        self._line: IO[bytes] | None = None
        self._told: set[str] | None = None
        """What this process has told, if it is a fork."""
        os.register_at_fork(before=self._open, after_in_child=self._begin)

    @property
    def is_one(self) -> bool:
        """Whether this process is a fork."""
        return self._told is not None

    def tell(self, *seen: Any) -> None:
        """Tell the kernel, once."""
        text = own_json.dumps(seen)
        if self._line is not None and self._told is not None and text not in self._told:
            self._told.add(text)
            # One write: the position in the file is shared, too, so that none is overwritten.
            os.write(self._line.fileno(), f"{text}\n".encode())

    def heard(self) -> Iterator[list[Any]]:
        """Yield what forks have told, each of them in order."""
        if self._line is None:
            return
        size = os.fstat(self._line.fileno()).st_size
        text = os.pread(self._line.fileno(), size, 0)
        whole = text[: text.rfind(b"\n") + 1]  # a fork may be writing now
        yield from map(own_json.loads, whole.splitlines())

    def _open(self) -> None:
        if self._line is None:
            self._line = tempfile.TemporaryFile("wb+", buffering=0)  # noqa: SIM115 - kept open

    def _begin(self) -> None:
        self._told = set()
