"""Start a kernel by forking it from a warm process that this process keeps.

One warm process for each process that runs units (a Ray worker runs many, one after the other): it
needs no address, no password and no clean-up, because it lives and dies with its owner.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from nbprism.runner.kernels.forkserver import MAX_REQUEST, STALE, STATUS

_READY_S: Final = 60.0
_FORK_S: Final = 120.0
"""Packages may be imported first, from a slow disk."""
_GONE_S: Final = 10.0
_AT_START: Final = (
    "PYTHON", "LD_", "DYLD_", "LC_", "LANG", "MALLOC_", "GLIBC_", "HOME",
    "MPL", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "VECLIB_", "BLIS_", "ARROW_",
)  # fmt: skip
"""Variables that count when an interpreter starts or a package is imported, not after a fork."""


class NotWarm(Exception):
    """There is no warm process for this kernel; the text says why."""


class Stale(NotWarm):
    """The warm process holds packages that were installed anew; another one will do."""


class WarmProcess:
    """The warm process and the way to it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.at_start = _at_start(env)
        self._asking = threading.Lock()
        self._out_of_step = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nbprism.runner.kernels.forkserver", str(theirs.fileno())],
                cwd="/", env=dict(env), pass_fds=(theirs.fileno(),), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._control.settimeout(_READY_S)
        try:
            self._receive()
        except NotWarm:
            self.end()
            raise

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return not self._out_of_step and self._process.poll() is None

    def fork(self, request: Mapping[str, object], descriptors: list[int]) -> int:
        """Return the pid of a new kernel, which is the warm process's child.

        Raises:
            NotWarm: it does not answer, or refuses.
        """
        data = json.dumps(request).encode()
        if len(data) > MAX_REQUEST:
            raise NotWarm("the environment is too large to be sent")
        with self._asking:
            self._control.settimeout(_FORK_S)
            try:
                socket.send_fds(self._control, [data], descriptors)
            except OSError as error:
                raise NotWarm(f"the warm process does not listen: {error}") from error
            pid = int(self._receive())
        if pid == STALE:
            raise Stale("the warm process holds packages that have changed")
        if pid < 0:
            raise NotWarm(
                "the warm process cannot fork safely: it has threads, or the unit's folder has a "
                "module of its own by the name of a package it holds"
            )
        return pid

    def forget(self, pid: int) -> None:
        """Let the number of a kernel that has ended go back to the system."""
        with self._asking, contextlib.suppress(OSError, NotWarm):
            self._control.send(json.dumps({"forget": pid}).encode())
            self._receive()

    def _receive(self) -> bytes:
        try:
            data = self._control.recv(64)
        except OSError as error:
            # Its answer may still come, and would be taken for that to the next question.
            self._out_of_step = True
            raise NotWarm(f"the warm process does not answer: {error}") from error
        if not data:
            raise NotWarm("the warm process ended")
        return data

    def end(self) -> None:
        """End it; kernels that it forked are not touched."""
        self._control.close()
        try:
            self._process.wait(_GONE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ForkedProcess:
    """A process that the warm process forked, with the few calls a kernel needs of it."""

    def __init__(self, warm: WarmProcess, request: Mapping[str, object], given: list[int]) -> None:
        self._warm = warm
        self._exits, leaves = os.pipe()
        try:
            self.pid = warm.fork(request, [*given, leaves])
        except BaseException:
            os.close(self._exits)
            raise
        finally:
            os.close(leaves)
        self.returncode: int | None = None

    def peek(self) -> int | None:
        """Return the exit code, or None while it lives."""
        if self.returncode is None and select.select([self._exits], [], [], 0)[0]:
            self._take_status()
        return self.returncode

    def wait(self) -> None:
        """Wait until it has ended, and let its number go."""
        if self.returncode is None and select.select([self._exits], [], [], _GONE_S)[0]:
            self._take_status()
        os.close(self._exits)
        self._warm.forget(self.pid)

    def _take_status(self) -> None:
        data = os.read(self._exits, STATUS.size)
        # Nothing to read: the warm process is gone. Kernels outlive it, but not by much.
        self.returncode = STATUS.unpack(data)[0] if data else self._orphaned()

    def _orphaned(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return -signal.SIGKILL
        return None


_kept: WarmProcess | None = None
_keeping = threading.Lock()


def fork(
    connection: Path,
    cwd: Path,
    env: Mapping[str, str],
    given: list[int],
    modules: Sequence[str] = (),
) -> ForkedProcess:
    """Return a kernel's process, forked from this process's warm one.

    The warm process imports `modules` first, so that this kernel and later ones find them there.

    Raises:
        NotWarm: there is none, and none could be started.
    """
    request = {
        "connection": str(connection),
        "cwd": str(cwd),
        "env": dict(env),
        "modules": list(modules),
    }
    try:
        return ForkedProcess(_warm_for(env), request, given)
    except Stale:
        end()
        return ForkedProcess(_warm_for(env), request, given)


def _warm_for(env: Mapping[str, str]) -> WarmProcess:
    global _kept  # noqa: PLW0603 - it is a property of this process, like its children
    if not hasattr(os, "waitid") or not hasattr(socket, "SOCK_SEQPACKET"):
        raise NotWarm("this system cannot hand kernels over")
    with _keeping:
        if _kept is not None and _kept.is_alive and _kept.at_start == _at_start(env):
            return _kept
        end()
        _kept = WarmProcess(env)
        return _kept


def end() -> None:
    """End the warm process of this process, if there is one."""
    global _kept  # noqa: PLW0603 - as above
    if _kept is not None:
        _kept.end()
        _kept = None


atexit.register(end)


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START)}
