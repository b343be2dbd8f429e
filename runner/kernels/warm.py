"""Ask a warm process for a kernel; start one if there is none.

There is one for each machine, user, Python environment and *anchor*, the process it ends with: in a
Ray worker the node's raylet, so that runs share it and it goes with the cluster; elsewhere this
process. It is found by a socket in a folder that only this user can enter.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from nbprism.runner.code_mark import code_mark
from nbprism.runner.kernels.forkserver import STATUS
from nbprism.runner.kernels.newborn import MAX_REQUEST
from nbprism.runner.locks import held
from nbprism.runner.private_socket import NotPrivate, connect, listen, private_folder

IDLE_S: Final = 600.0
"""How long a warm process waits for the next kernel, unless its anchor ends before."""
_ANSWER_S: Final = 60.0
"""It may have to start first, and to import packages from a slow disk."""
_GONE_S: Final = 10.0
_AT_START: Final = (
    "PATH", "PYTHON", "LD_", "DYLD_", "LC_", "LANG", "MALLOC_", "GLIBC_", "HOME", "IPYTHON",
    "MPL", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "VECLIB_", "BLIS_", "ARROW_",
)  # fmt: skip
"""Variables that count when an interpreter starts or a package is imported, not after a fork."""

_log: Final = logging.getLogger(__name__)


class NotWarm(Exception):
    """There is no warm process for this kernel; the text says why."""


class _Gone(NotWarm):
    """It was about to end, or holds packages that were installed anew; another one will do."""


@dataclass(frozen=True, slots=True)
class WarmProcess:
    """Where a warm process is found, and how to start it."""

    env: Mapping[str, str]
    """Its environment variables."""
    address: Path
    """The path of its socket."""
    anchor: int | None
    idle_s: float

    def fork(self, request: Mapping[str, object], given: list[int]) -> ForkedProcess:
        """Return a new kernel's process.

        Raises:
            NotWarm: there is no warm process, or it refuses.
        """
        data = json.dumps(request).encode()
        if len(data) > MAX_REQUEST:
            raise NotWarm("the environment is too large to be sent")
        try:
            return self._forked(data, given)
        except _Gone as gone:
            _log.info("Another warm process is started: %s.", gone)
            return self._forked(data, given)

    def _forked(self, data: bytes, given: list[int]) -> ForkedProcess:
        with contextlib.ExitStack() as undo:
            line = undo.enter_context(self._connected())
            answer = self._asked(line, data, given)
            if "pid" in answer:
                undo.pop_all()
                return ForkedProcess(line, answer["pid"], Path(answer["folder"]))
        if "stale" in answer:
            raise _Gone(answer["stale"])
        raise NotWarm(answer["refused"])

    def _asked(self, line: socket.socket, data: bytes, given: list[int]) -> dict[str, Any]:
        line.settimeout(_ANSWER_S)
        try:
            socket.send_fds(line, [data], given)
            answer = line.recv(MAX_REQUEST)
        except (ConnectionError, TimeoutError) as error:
            raise _Gone(f"the warm process does not answer: {error}") from error
        except OSError as error:
            raise NotWarm(f"the warm process cannot be asked: {error}") from error
        if not answer:
            raise _Gone(f"the warm process ended. {self._said()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _connected(self) -> socket.socket:
        """Return a connection to it, started if need be."""
        if line := connect(self.address):
            return line
        with held(self.address.with_name("start.lock"), timeout_s=_ANSWER_S):
            if line := connect(self.address):
                return line
            self._start()
        if line := connect(self.address):
            return line
        raise NotWarm("a warm process was started, and cannot be reached")

    def _start(self) -> None:
        _sweep(self.address.parent)
        with contextlib.ExitStack() as ours:
            # From now on others can connect; they are answered when it is ready.
            listener = ours.enter_context(listen(self.address))
            log = ours.enter_context(self._log_path.open("wb"))
            passed = [listener.fileno()]
            if self.anchor is not None:
                passed.append(os.pidfd_open(self.anchor))
                ours.callback(os.close, passed[-1])
            command = [sys.executable, "-m", "nbprism.runner.kernels.forkserver",
                       str(self.idle_s), *map(str, passed)]  # fmt: skip
            process = subprocess.Popen(
                command, cwd="/", env=dict(self.env), pass_fds=passed, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
            # Only its first process, which leaves the second to itself.
            process.wait()

    def status(self) -> dict[str, Any] | None:
        """Return the numbers of its process, its kernels and its spare; None if it is not up."""
        return self._told("status")

    def end(self) -> None:
        """Let it end when its kernels have."""
        if (status := self._told("retire")) is not None:
            with contextlib.suppress(psutil.Error):
                psutil.Process(status["pid"]).wait(0 if status["kernels"] else _GONE_S)

    def _told(self, question: str) -> dict[str, Any] | None:
        line = connect(self.address)
        if line is None:
            return None
        with line, contextlib.suppress(_Gone):
            return self._asked(line, json.dumps({"ask": question}).encode(), [])
        return None

    def _said(self) -> str:
        try:
            return self._log_path.read_text(errors="replace")[-1000:].strip()
        except OSError:
            return ""

    @property
    def _log_path(self) -> Path:
        return self.address.with_suffix(".log")


class ForkedProcess:
    """A process that the warm process forked, with the few calls a kernel needs of it."""

    def __init__(self, line: socket.socket, pid: int, folder: Path) -> None:
        self._line = line
        self.pid = pid
        self.folder = folder
        self.returncode: int | None = None

    def peek(self, timeout_s: float = 0) -> int | None:
        """Return the exit code, waiting for it that long, or None while it lives."""
        if self.returncode is None and select.select([self._line], [], [], timeout_s)[0]:
            self._take_status()
        return self.returncode

    def wait(self) -> None:
        """Wait until it has ended, and let its number go."""
        self.peek(_GONE_S)
        self._line.close()

    def _take_status(self) -> None:
        data = b""
        with contextlib.suppress(ConnectionError):
            data = self._line.recv(STATUS.size)
        # Nothing to read: the warm process is gone. Kernels outlive it, but not by much.
        self.returncode = STATUS.unpack(data)[0] if data else self._orphaned()

    def _orphaned(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return -signal.SIGKILL
        return None


_anchor: int | None = None


def end_with(pid: int) -> None:
    """Tie the warm processes that this process uses to the life of another one."""
    global _anchor  # noqa: PLW0603 - it is a property of this process, like its parent
    _anchor = pid


def warm_for(env: Mapping[str, str]) -> WarmProcess:
    """Return the warm process for kernels with that environment; it may have to be started.

    Raises:
        NotWarm: there can be none on this system.
    """
    if not hasattr(os, "pidfd_open") or not hasattr(socket, "SOCK_SEQPACKET"):
        raise NotWarm("this system cannot hand kernels over")
    return lasting(env, os.getpid() if _anchor is None else _anchor)


def lasting(
    env: Mapping[str, str], anchor: int | None = None, idle_s: float = IDLE_S
) -> WarmProcess:
    """Return a warm process that ends with its anchor, if there is one, or when it is idle."""
    # Nothing else: what differs from unit to unit must not even be seen by the warm process.
    at_start = {name: value for name, value in env.items() if name.startswith(_AT_START)}
    born = None if anchor is None else psutil.Process(anchor).create_time()
    key = [sys.executable, sys.version, code_mark(), sorted(at_start.items()), anchor, born, idle_s]
    name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
    try:
        folder = private_folder()
    except NotPrivate as error:
        raise NotWarm(str(error)) from error
    return WarmProcess(at_start, folder / f"warm-{name}.sock", anchor, idle_s)


def _sweep(folder: Path) -> None:
    """Remove what killed warm processes left; to be called by who holds the lock."""
    for path in folder.glob("warm-*.sock"):
        if (line := connect(path)) is not None:
            line.close()
        else:
            path.unlink(missing_ok=True)
            path.with_suffix(".log").unlink(missing_ok=True)
