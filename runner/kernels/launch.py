"""Start a kernel in a process group of its own, tied to the life of this process.

The seam for other ways to start one: whatever returns a `KernelProcess` will do.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import select
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import psutil

from nbprism.runner.kernels.channels import Connection
from nbprism.runner.kernels.cold import ColdProcess
from nbprism.runner.kernels.newborn import LOG
from nbprism.runner.kernels.warm import ForkedProcess, NotWarm, WarmProcess, warm_for

_GAVE_UP: Final = b"terminate called"
"""How the C++ runtime begins to say which exception nobody caught."""
_PACKAGES: Final = b"Extension modules:"
"""How Python's fault handler begins the list of compiled packages."""
_LOG_TAIL: Final = 4_000

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KernelRequest:
    """What a unit asks for."""

    cwd: str
    env: Mapping[str, str]
    """All of the kernel's environment variables."""
    modules: tuple[str, ...] = ()
    """What its cells import, as far as that can be had ready (`preload.imports_of`)."""
    connection: Connection | None = None
    """How it is to be reached, if that is not its own to choose."""
    warm: WarmProcess | None = None
    """Which warm process to ask; None for the one of this process."""


class KernelProcess(Protocol):
    """A kernel's process, however it was started."""

    @property
    def pid(self) -> int: ...

    @property
    def folder(self) -> Path:
        """Its private folder: how to connect to it (`connection_file`), what it noted."""
        ...

    def wait_for_sockets(self, timeout_s: float) -> None:
        """Return when the kernel's sockets are bound.

        Raises:
            KernelStartFailed: it ended, or took too long; the text has what it said.
        """
        ...

    def exit_code(self, timeout_s: float = 0) -> int | None:
        """Return the exit code, negative for a signal, or None if it lives longer than that."""
        ...

    def ask_to_end(self) -> None:
        """Ask the idle kernel to leave as Python does: exit handlers run, files are flushed."""
        ...

    def interrupt(self) -> None:
        """Ask the running cell to stop."""
        ...

    def kill(self) -> None:
        """End the process group and whatever left it, at once."""
        ...

    def log_tail(self) -> str:
        """Return the last lines the process itself wrote, outside of any cell."""
        ...


def start(request: KernelRequest) -> KernelProcess:
    """Start a kernel."""
    return ChildKernel(request)


class KernelStartFailed(Exception):
    """No kernel came up; the text says what it said."""


class ChildKernel:
    """A kernel that lives no longer than this process."""

    def __init__(self, request: KernelRequest) -> None:
        cwd = Path(request.cwd).absolute()
        if not cwd.is_dir():
            raise KernelStartFailed(f"The folder {request.cwd} to run in does not exist.")
        self._ending = threading.Lock()
        lifeline, self._lifeline = os.pipe()
        self._ready, ready = os.pipe()
        self._descriptors = [self._lifeline, self._ready]
        with contextlib.ExitStack() as theirs:
            theirs.callback(os.close, lifeline)
            theirs.callback(os.close, ready)
            self._process = _process(dataclasses.replace(request, cwd=str(cwd)), [lifeline, ready])
        self.pid, self.folder = self._process.pid, self._process.folder

    def wait_for_sockets(self, timeout_s: float) -> None:
        # The kernel's end of the pipe closes, too, if it does not come up.
        ready, _, _ = select.select([self._ready], [], [], timeout_s)
        if not ready or not os.read(self._ready, 1):
            why = "ended at once" if ready else f"was not ready after {timeout_s:g} s"
            raise KernelStartFailed(f"The kernel {why}. {self.log_tail() or 'It said nothing.'}")

    def exit_code(self, timeout_s: float = 0) -> int | None:
        return self._process.peek(timeout_s)

    def ask_to_end(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._lifeline, b"1")

    def interrupt(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        with self._ending:
            if self._descriptors:
                self._kill()

    def _kill(self) -> None:
        strays = _descendants(self.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        for stray in strays:
            with contextlib.suppress(psutil.NoSuchProcess):
                stray.kill()
        self._process.wait()
        while self._descriptors:
            os.close(self._descriptors.pop())

    def log_tail(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self.folder / LOG).read_bytes().splitlines(keepends=True)
            # Where a process has many packages, their list would leave no room for the place.
            told = b"".join(line for line in lines if not line.startswith(_PACKAGES))
            # Why C++ gave up stands above where Python was, which may be long.
            why = b"".join(line for line in lines if line.startswith(_GAVE_UP))
            tail = told[-_LOG_TAIL:]
            return (tail if why in tail else why + tail).decode("utf-8", "replace").strip()
        return ""


def _process(request: KernelRequest, given: list[int]) -> ForkedProcess | ColdProcess:
    """Return a new process for a kernel: forked where that is possible, else from nothing."""
    asked = {
        "ask": "kernel",
        "cwd": request.cwd,
        "env": dict(request.env),
        "modules": list(request.modules),
        "connection": request.connection,
    }
    try:
        warm = request.warm or warm_for(request.env)
        return warm.fork(asked, given)
    except NotWarm as reason:
        _log.warning("The kernel is started from nothing: %s.", reason)
        return ColdProcess(asked, given)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
