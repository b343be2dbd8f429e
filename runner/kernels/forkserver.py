"""The warm process: has imported what every kernel needs, and forks one in tens of milliseconds.

Started as `python -m nbprism.runner.kernels.forkserver SOCKET` by the process that runs units; it
ends when the other end of that socket is closed. It starts no threads and runs no code of users;
every kernel is a fresh fork of it, so one step cannot see what another did. Packages that a unit
imports are imported here first, where that is safe (`preload.py`): later units find them ready.

A request is one JSON message with four file descriptors (lifeline, ready, log, exit): the kernel
gets the first three, and the exit status is written to the last. The answer is the kernel's pid,
or REFUSED, or STALE when this process should be replaced by a new one.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner.kernels import boot, preload

STATUS: Final = struct.Struct("<i")
"""How an exit code travels: negative for a signal."""
MAX_REQUEST: Final = 1 << 20
REFUSED: Final = -1
STALE: Final = -2

_WARM: Final = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger",
    "IPython.core.completer", "cloudpickle",
    "nbprism.runner.step", "nbprism.runner.layout", "nbprism.runner.kernels.failure",
    "nbprism.runner.artifacts.parcel", "nbprism.runner.observed.watch",
)  # fmt: skip
"""Imported ahead of time. Nothing here may start a thread, or load what reads the environment."""


def main(descriptor: int) -> None:
    """Serve until the other end is gone."""
    with socket.socket(fileno=descriptor) as control:
        control.set_inheritable(False)
        _warm_up()
        control.send(b"ready")
        _Server(control).serve()


def _warm_up() -> None:
    # matplotlib reads it when it is imported, and kernels all have it.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    with boot.without_debugger():
        for name in _WARM:
            try:
                importlib.import_module(name)
            except ImportError:  # another version of ipykernel: what is missing is loaded later
                continue
    gc.collect()
    gc.freeze()


class _Server:
    """The kernels that were forked and have not been forgotten yet."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._exits: dict[int, int] = {}
        self._preloaded = preload.Preloaded()
        self._woken, waker = socket.socketpair()
        waker.setblocking(False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    self._woken.recv(4096)
                    self._report_exits()
                if self._control in ready and not self._answer():
                    return

    def _answer(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, MAX_REQUEST, 4)
        if not data:
            return False
        request = json.loads(data)
        if "forget" in request:
            os.waitpid(request["forget"], os.WNOHANG)
            self._control.send(b"gone")
            return True
        self._fork(request, descriptors)
        return True

    def _fork(self, request: Mapping[str, Any], descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        *given, leaves = descriptors
        pid = self._refusal(request) or os.fork()
        if pid == 0:
            self._become_kernel(request, given)
        for descriptor in given:
            os.close(descriptor)
        if pid > 0:
            self._exits[pid] = leaves
        else:
            os.close(leaves)
        self._control.send(str(pid).encode())

    def _refusal(self, request: Mapping[str, Any]) -> int:
        """Return why this process should not become that kernel, 0 if it may."""
        if self._preloaded.is_stale():
            return STALE
        self._preloaded.load(request["modules"])
        # A lock that another thread holds would stay locked in the fork for ever.
        alone = threading.active_count() == 1
        return 0 if alone and not self._preloaded.is_shadowed(Path(request["cwd"])) else REFUSED

    def _become_kernel(self, request: Mapping[str, Any], given: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._control, self._woken, self._waker):
            end.close()
        for leaves in self._exits.values():
            os.close(leaves)
        lifeline, ready, log = given
        try:
            _enter(request, log)
            preload.reseed()
            boot.main(request["connection"], request["cwd"], lifeline, ready)
        finally:
            sys.stderr.flush()
            os._exit(1)

    def _report_exits(self) -> None:
        for pid, leaves in list(self._exits.items()):
            # Not reaped yet: until it is forgotten its number stays its own.
            found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is not None:
                exited = found.si_code == os.CLD_EXITED
                os.write(leaves, STATUS.pack(found.si_status if exited else -found.si_status))
                os.close(self._exits.pop(pid))


def _enter(request: Mapping[str, Any], log: int) -> None:
    """Make this process the unit's own: session, standard streams, environment."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in enumerate((nothing, log, log)):
        os.dup2(source, target)
    os.close(log)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()


if __name__ == "__main__":
    main(int(sys.argv[1]))
