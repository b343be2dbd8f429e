"""Makes sure that nothing of a keeper is left when it is killed.

Most of Ray's processes ask the kernel to be killed with their parent, but not their children:
agents and workers live on for a minute. They all stay in the keeper's session, though, and so does
the guard, a fork of the keeper that sleeps on a pipe until the keeper is gone.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import psutil

DEADLINE_S: Final = 10.0
POLL_S: Final = 0.02


def stand_guard(temporary: Path) -> int:
    """Fork the guard of this session, and return its process id.

    To be called by the session's leader before it has threads, locks or Ray.
    """
    reading, writing = os.pipe()
    guard = os.fork()
    if guard:
        # The write end stays open, on purpose, until the kernel closes it at our end.
        os.close(reading)
        return guard
    try:
        os.close(writing)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.read(reading, 1)
        end_session(os.getsid(0), spare={os.getpid()})
        shutil.rmtree(temporary, ignore_errors=True)
    finally:
        os._exit(0)


def end_session(session: int, *, spare: Collection[int]) -> None:
    """Kill every process of the session but those to spare, and wait until they are gone.

    The caller has to know that the session is still the one it means: that one of its processes is
    alive is enough, because its number is not given away before.
    """
    deadline = time.monotonic() + DEADLINE_S
    while (left := list(_members(session, spare))) and time.monotonic() < deadline:
        for pid in left:
            _kill(pid)
        time.sleep(POLL_S)


def _members(session: int, spare: Collection[int]) -> Iterator[int]:
    for process in psutil.process_iter():
        try:
            member = os.getsid(process.pid) == session and process.pid not in spare
            if member and process.status() != psutil.STATUS_ZOMBIE:
                yield process.pid
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
