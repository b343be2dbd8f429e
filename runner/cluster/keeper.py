"""The process that holds the local Ray: `python -m nbprism.runner.cluster.keeper HOME`.

It starts the head, writes down how to join it, and ends it when nobody has used it for a while or
when it is told to (SIGTERM). Whatever ends the keeper ends Ray (`guard.py`). It leads a session of
its own, so that no terminal's Ctrl-C reaches it and all that it started can be found.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from nbprism.runner import logs
from nbprism.runner.cluster import free
from nbprism.runner.cluster.capacity import local_capacity
from nbprism.runner.cluster.guard import end_session, stand_guard
from nbprism.runner.cluster.home import (
    ClusterHome,
    ClusterRecord,
    ProcessMark,
    cluster_mark,
    write_record,
)
from nbprism.runner.locks import held

if TYPE_CHECKING:  # Ray is imported late
    from nbprism.runner.cluster.head import Head

IDLE_S: Final = 300.0
IDLE_VARIABLE: Final = "NBPRISM_IDLE_S"
LOOK_S: Final = 1.0
SPARE_WORKERS: Final = 8

log = logging.getLogger("nbprism.keeper")


class Keeper:
    """One local Ray, from its start to its end."""

    def __init__(self, home: ClusterHome, *, temporary: Path, token: str, idle_s: float) -> None:
        self._home = home
        self._temporary = temporary
        self._token = token
        self._idle_s = idle_s
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the cluster soon; safe to call from a signal handler."""
        self._stop.set()

    def keep(self) -> None:
        """Start Ray and hold it until it is idle, told to stop, or broken."""
        mark = ProcessMark.of(psutil.Process())
        record = ClusterRecord(
            keeper=mark, temporary=str(self._temporary), code=cluster_mark(), token=self._token
        )
        write_record(self._home.starting, record)
        try:
            self._hold(record)
        finally:
            self._home.ready.unlink(missing_ok=True)
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._home.starting.unlink(missing_ok=True)

    def _hold(self, record: ClusterRecord) -> None:
        capacity = local_capacity()
        if capacity.cpus > SPARE_WORKERS:
            # Ray starts a spare worker for each CPU or none; each takes some 100 MB.
            os.environ.update({"RAY_enable_worker_prestart": "0"})
        # Ray reads the environment that our parent prepared once, when it is imported.
        from nbprism.runner.cluster.head import Head

        began = time.monotonic()
        head = Head(capacity, self._temporary)
        try:
            log.info("Ray is up at %s after %.1f s", head.address, time.monotonic() - began)
            ready = replace(
                record,
                address=head.address,
                cpus=capacity.cpus,
                gpus=capacity.gpus,
                memory=capacity.memory,
                processes=_descendants(),
            )
            write_record(self._home.starting, ready)
            self._home.touch()
            write_record(self._home.ready, ready)
            self._tell_free(head)
            self._wait(head)
        finally:
            self._stop.set()
            self._home.ready.unlink(missing_ok=True)
            head.stop()

    def _tell_free(self, head: Head) -> None:
        # In a thread of its own: a Ray that is ending may not answer for long.
        threading.Thread(
            target=free.tell,
            args=(head.free, self._home.free, self._stop),
            kwargs={"every_s": LOOK_S},
            name="free",
            daemon=True,
        ).start()

    def _wait(self, head: Head) -> None:
        while not self._stop.wait(min(LOOK_S, self._idle_s / 4)):
            if not head.is_alive():
                log.error("A process of Ray ended by itself; the cluster is given up")
                return
            if self._is_idle():
                log.info("Nobody has used the cluster for %g s", self._idle_s)
                return

    def _is_idle(self) -> bool:
        """Return whether it is time to go; if so, nobody can join any more."""
        if time.time() - self._home.used.stat().st_mtime < self._idle_s:
            return False
        try:
            with held(self._home.ensure_lock, timeout_s=0):
                if self._home.leased():
                    return False
                self._home.ready.unlink(missing_ok=True)
                return True
        except TimeoutError:
            return False  # somebody is joining right now


def main() -> int:
    """Run a keeper for the home named on the command line; the token comes by environment."""
    logs.set_up()
    home = ClusterHome(Path(sys.argv[1]))
    idle_s = float(os.environ.get(IDLE_VARIABLE, IDLE_S))
    temporary = Path(tempfile.mkdtemp(prefix="prism-", dir=_short_folder()))
    guard = stand_guard(temporary)
    with held(home.keeper_lock, timeout_s=5):
        keeper = Keeper(
            home, temporary=temporary, token=os.environ["RAY_AUTH_TOKEN"], idle_s=idle_s
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: keeper.stop())
        try:
            keeper.keep()
        finally:
            end_session(os.getsid(0), spare={os.getpid(), guard})
    return 0


def _descendants() -> tuple[ProcessMark, ...]:
    return tuple(ProcessMark.of(child) for child in psutil.Process().children(recursive=True))


def _short_folder() -> str:
    """Return a folder with a short path: Ray's socket names in it are limited to 107 bytes."""
    return "/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()  # noqa: S108


if __name__ == "__main__":
    sys.exit(main())
