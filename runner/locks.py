"""Locks that the operating system drops when their holder dies.

A lock file's content means nothing; whoever holds it is alive.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

if sys.platform != "win32":
    import fcntl


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock at `path`."""
    if sys.platform == "win32":
        return path.exists() and _cannot_take(path)
    try:
        file = path.open("rb")
    except FileNotFoundError:  # never there, or just removed by its holder
        return False
    with file:
        try:
            # Shared, so that two processes that ask at once do not see one another.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


@contextmanager
def held(path: Path, *, timeout_s: float = -1, poll_s: float = 0.02) -> Iterator[None]:
    """Hold the lock at `path` while the block runs; below 0 the wait is for ever.

    Raises:
        TimeoutError: another process held it all the time.
    """
    lock = FileLock(path, timeout=timeout_s, thread_local=False)
    try:
        lock.acquire(poll_interval=poll_s)
    except Timeout as error:
        raise TimeoutError(f"Another process holds {path}.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Keep others from holding the lock at `path` while the block runs; many may do so at once."""
    if sys.platform == "win32":
        yield
        return
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _cannot_take(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
