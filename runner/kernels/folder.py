"""The private folder of a kernel: its sockets, its log, what it noted.

It is removed with the kernel. The process that made it may be killed before that; the next kernel
of the same user, wherever it is started, removes what that left. A lock says who is still there:
a number of a process would mean something else in another container that shares the memory disk.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbprism.runner.locks import is_held
from nbprism.runner.memory_disk import memory_disk

if sys.platform != "win32":
    import fcntl

PREFIX: Final = "nbp-"
LOCK: Final = "owner.lock"
FRESH_S: Final = 60.0
"""A folder that is younger may not be locked yet."""


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """A folder only this user can enter, locked by who will remove it."""

    path: Path
    lock: int
    """A descriptor; the lock is dropped when no process has it any more."""

    @classmethod
    def make(cls, root: Path | None = None) -> PrivateFolder:
        """Make one, with a path short enough for sockets, and remove what others left."""
        root = root or memory_disk()
        sweep(root)
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return cls(path, lock)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave it to other processes that have inherited the lock."""
        os.close(self.lock)


def sweep(root: Path) -> None:
    """Remove this user's folders whose makers were killed."""
    for path in root.glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else removes it just now
            if _is_left_over(path):
                shutil.rmtree(path, ignore_errors=True)


def _is_left_over(path: Path) -> bool:
    found = path.lstat()
    if found.st_uid != os.getuid() or time.time() - found.st_mtime < FRESH_S:
        return False
    return (path / LOCK).is_file() and not is_held(path / LOCK)


@contextmanager
def shared_file(path: Path, size: int) -> Iterator[int]:
    """Give the descriptor of a new file of zeros that is to be mapped into memory.

    Its space is taken now: a process that writes to a mapping for which there is none is killed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, size)
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(descriptor, 0, size)
        yield descriptor
    finally:
        os.close(descriptor)
