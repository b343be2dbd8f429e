"""Start a kernel in a process group of its own, tied to the life of this process.

The seam for other ways to start one: whatever returns a `KernelProcess` will do.
"""

from __future__ import annotations

import contextlib
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

from nbprism.runner.kernels import warm
from nbprism.runner.kernels.cold import ColdProcess
from nbprism.runner.kernels.warm import ForkedProcess, NotWarm

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


class KernelProcess(Protocol):
    """A kernel's process, however it was started."""

    @property
    def pid(self) -> int: ...

    def wait_for_sockets(self, timeout_s: float) -> None:
        """Return when the kernel's sockets are bound.

        Raises:
            KernelStartFailed: it ended, or took too long; the text has what it said.
        """
        ...

    def exit_code(self) -> int | None:
        """Return the exit code, negative for a signal, or None while it lives."""
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


def start(request: KernelRequest, connection: Path) -> KernelProcess:
    """Start a kernel that binds its sockets as `connection` says."""
    return ChildKernel(request, connection)


class KernelStartFailed(Exception):
    """No kernel came up; the text says what it said."""


class ChildKernel:
    """A kernel that lives no longer than this process."""

    def __init__(self, request: KernelRequest, connection: Path) -> None:
        cwd = Path(request.cwd).absolute()
        if not cwd.is_dir():
            raise KernelStartFailed(f"The folder {request.cwd} to run in does not exist.")
        self._log = connection.with_name("log")
        self._ending = threading.Lock()
        lifeline, self._lifeline = os.pipe()
        self._ready, ready = os.pipe()
        self._descriptors = [self._lifeline, self._ready]
        with contextlib.ExitStack() as theirs, self._log.open("wb") as log:
            theirs.callback(os.close, lifeline)
            theirs.callback(os.close, ready)
            self._process = _process(connection, cwd, request, [lifeline, ready, log.fileno()])
        self.pid = self._process.pid

    def wait_for_sockets(self, timeout_s: float) -> None:
        # The kernel's end of the pipe closes, too, if it does not come up.
        ready, _, _ = select.select([self._ready], [], [], timeout_s)
        if not ready or not os.read(self._ready, 1):
            why = "ended at once" if ready else f"was not ready after {timeout_s:g} s"
            raise KernelStartFailed(f"The kernel {why}. {self.log_tail() or 'It said nothing.'}")

    def exit_code(self) -> int | None:
        return self._process.peek()

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
            text = self._log.read_bytes()[-_LOG_TAIL:]
            return text.decode("utf-8", "replace").strip()
        return ""


def _process(
    connection: Path, cwd: Path, request: KernelRequest, given: list[int]
) -> ForkedProcess | ColdProcess:
    """Return a new process for a kernel: forked where that is possible, else from nothing."""
    try:
        return warm.fork(connection, cwd, request.env, given, request.modules)
    except NotWarm as reason:
        _log.warning("The kernel is started from nothing: %s.", reason)
        return ColdProcess(connection, cwd, request.env, given)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
