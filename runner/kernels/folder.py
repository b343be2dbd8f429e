"""The private folder of a kernel: its sockets, its log, what it noted.

It is removed with the kernel. The process that made it may be killed before that; the next kernel
of the same user, wherever it is started, removes what that left. A lock says who is still there:
a number of a process would mean something else in another container that shares the memory disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from nbprism.runner.locks import held, is_held

PREFIX: Final = "nbp-"
LOCK: Final = "owner.lock"
FRESH_S: Final = 60.0
"""A folder that is younger may not be locked yet."""


@contextmanager
def private_folder(root: Path | None = None) -> Iterator[Path]:
    """Give a new folder only this user can enter, with a path short enough for sockets."""
    root = root or _memory_disk()
    sweep(root)
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    try:
        with held(path / LOCK):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


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


def _memory_disk() -> Path:
    # A socket's path may have about 100 characters, which some TMPDIRs already have.
    fitting = (Path(path) for path in ("/dev/shm", "/tmp") if os.access(path, os.W_OK))  # noqa: S108
    return next(fitting, Path(tempfile.gettempdir()))
