"""The warm process: has imported what every kernel needs, and gives one away in milliseconds.

Started by whoever needs a kernel first (`warm.py`), it outlives them: it ends when nobody has asked
for a while, or at once with its *anchor*, a process whose life it shares. It starts no threads and
runs no code of users; every kernel is a fork of it, so one step cannot see what another did.
Packages that a unit imports are imported here first, where that is safe (`preload.py`).

Each kernel has a connection of its own to the socket that is listened on. The first message is the
request, JSON with two file descriptors (lifeline, ready). The answer is JSON: the kernel's `pid`
and `folder`, or why there is none, `stale` if another warm process will do. The last message is the
exit status. Until the connection is closed the kernel's number is not given away.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from nbprism.runner.kernels import boot, preload
from nbprism.runner.kernels.channels import Connection
from nbprism.runner.kernels.newborn import MAX_REQUEST, Newborn

_FAREWELL_S: Final = 2.0
STATUS: Final = struct.Struct("<i")
"""How an exit code travels: negative for a signal."""

_WARM: Final = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger",
    "IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.debugger_backport", "IPython.core.logger", "IPython.core.oinspect",
    "IPython.extensions.storemagic", "tornado.platform.asyncio",
    "pdb", "unicodedata", "resource", "encodings.ascii", "cloudpickle",
    "nbprism.runner.unit.step", "nbprism.runner.layout", "nbprism.runner.errors",
    "nbprism.runner.manifests",
    "nbprism.runner.unit.random_state",
    "nbprism.runner.artifacts.parcel", "nbprism.runner.artifacts.keeping",
    "nbprism.runner.artifacts.itemised", "nbprism.runner.artifacts.changes",
    "nbprism.runner.observed.watch",
    "nbprism.runner.kernels.application", "nbprism.runner.kernels.failure",
    "nbprism.runner.kernels.last_words", "nbprism.runner.kernels.wire",
)  # fmt: skip
"""Imported ahead of time. Nothing here may start a thread, or load what reads the environment."""


def main(idle_s: float, listener: int, anchor: int | None = None) -> None:
    """Serve until the anchor ends or nobody has asked for `idle_s` seconds.

    Args:
        idle_s: How long to wait for the next kernel.
        listener: A socket that is listened on already.
        anchor: A descriptor that becomes readable when the anchor ends.
    """
    if os.fork():
        # Not a child of who started it: Ray kills those with their worker.
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    boot.forget_start_folder()
    _warm_up()
    with socket.socket(fileno=listener) as listening:
        listening.set_inheritable(False)
        _Server(listening, anchor).serve(idle_s)


def _warm_up() -> None:
    # matplotlib reads it when it is imported, and kernels all have it.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    with boot.without_debugger():
        for name in _WARM:
            try:
                importlib.import_module(name)
            except ImportError:  # another version of ipykernel: what is missing is loaded later
                continue
    _freeze()


def _freeze() -> None:
    """Keep the collector from touching, and so copying, what is shared with the forks."""
    gc.collect()
    gc.freeze()


class _Server:
    """The kernels that were given away and have not been forgotten yet, and one in advance."""

    def __init__(self, listener: socket.socket, anchor: int | None) -> None:
        self._listener = listener
        self._anchor = anchor
        self._selector = selectors.DefaultSelector()
        self._kernels: dict[socket.socket, Newborn | None] = {}
        """By the connection of who asked; None before that and after the exit was told."""
        self._dying: list[Newborn] = []
        """Nobody waits for their exit."""
        self._spare: Newborn | None = None
        self._preloaded = preload.Preloaded()
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def serve(self, idle_s: float) -> None:
        """Give kernels until there is a reason to end."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        if self._anchor is not None:
            self._selector.register(self._anchor, selectors.EVENT_READ)
        while self._kernels or self._is_open:
            patience = None if self._kernels else idle_s
            ready = {key.fileobj for key, _ in self._selector.select(patience)}
            if self._anchor in ready or not (ready or self._kernels):
                break
            if self._woken in ready:
                self._woken.recv(4096)
                self._collect()
            for connection in ready & self._kernels.keys():
                self._hear(connection)  # type: ignore[arg-type] # the only sockets among the keys
            if self._listener in ready:
                self._accept()
        self._retire()
        self._take_leave()

    @property
    def _is_open(self) -> bool:
        return self._listener.fileno() >= 0

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self._selector.register(connection, selectors.EVENT_READ)
        self._kernels[connection] = None

    def _hear(self, connection: socket.socket) -> None:
        """Take a request, or notice that who asked has gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST, 2)
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._forget(connection)
            return
        try:
            answer = self._answer(connection, data, descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        with contextlib.suppress(OSError):  # it did not wait; that is heard next
            connection.send(json.dumps(answer).encode())
        if self._is_open and self._spare is None and "folder" in answer:
            self._spare = Newborn.fork(self._let_go)

    def _answer(
        self, connection: socket.socket, data: bytes, descriptors: list[int]
    ) -> dict[str, Any]:
        request = json.loads(data)
        match request["ask"]:
            case "kernel":
                return self._give(connection, data, request, descriptors)
            case "retire":
                self._retire()
        return {
            "pid": os.getpid(),
            "spare": self._spare and self._spare.pid,
            "kernels": [k.pid for k in (*self._kernels.values(), *self._dying) if k is not None],
        }

    def _give(
        self,
        connection: socket.socket,
        data: bytes,
        request: dict[str, Any],
        descriptors: list[int],
    ) -> dict[str, Any]:
        if self._preloaded.is_stale():
            self._retire()
            return {"stale": "the warm process holds packages that have changed"}
        if self._preloaded.load(request["modules"]):
            self._drop_spare()
            _freeze()
        if refusal := self._refusal(Path(request["cwd"])):
            return {"refused": refusal}
        kernel = self._take(request.get("connection"))
        self._kernels[connection] = kernel
        lifeline, ready = descriptors
        kernel.give(data, lifeline, ready)
        return {"pid": kernel.pid, "folder": str(kernel.folder.path)}

    def _refusal(self, cwd: Path) -> str | None:
        if threading.active_count() > 1:
            # A lock that another thread holds would stay locked in the fork for ever.
            return "a package that was imported ahead has started a thread"
        if shadowed := self._preloaded.shadowed(cwd):
            return (
                f"{cwd} has a module by the name of a package that was imported ahead: {shadowed}"
            )
        return None

    def _take(self, connection: Connection | None) -> Newborn:
        """Return the kernel that is ready, or a new one if that will not do."""
        if connection is not None or self._spare is None:
            return Newborn.fork(self._let_go, connection)
        spare, self._spare = self._spare, None
        return spare

    def _collect(self) -> None:
        """Tell the exits of kernels to who asked for them."""
        for connection, kernel in self._kernels.items():
            # Not reaped yet: until it is forgotten its number stays its own.
            if kernel is not None and (status := _exit_status(kernel.pid)) is not None:
                with contextlib.suppress(OSError):
                    connection.send(STATUS.pack(status))
        if self._spare is not None and _exit_status(self._spare.pid) is not None:
            self._dying.append(self._spare)
            self._spare = None
        for kernel in [dying for dying in self._dying if _exit_status(dying.pid) is not None]:
            self._dying.remove(kernel)
            kernel.bury()

    def _forget(self, connection: socket.socket) -> None:
        """Let go of a kernel whose owner has; it ends by itself, if it has not yet."""
        self._selector.unregister(connection)
        connection.close()
        if kernel := self._kernels.pop(connection):
            self._dying.append(kernel)
            self._collect()

    def _drop_spare(self) -> None:
        if self._spare is not None:
            self._spare.end()
            self._dying.append(self._spare)
            self._spare = None

    def _retire(self) -> None:
        """Take no more requests: whoever asks next starts another warm process."""
        if self._is_open:
            self._selector.unregister(self._listener)
            address = Path(self._listener.getsockname())
            for path in (address, address.with_suffix(".log")):
                path.unlink(missing_ok=True)
            self._listener.close()
        self._drop_spare()

    def _take_leave(self) -> None:
        """Bury the kernels that end now, as those of the anchor's do."""
        deadline = time.monotonic() + _FAREWELL_S
        for connection in list(self._kernels):
            self._forget(connection)
        while self._dying and time.monotonic() < deadline:
            if select.select([self._woken], [], [], max(0, deadline - time.monotonic()))[0]:
                self._woken.recv(4096)
            self._collect()

    def _let_go(self) -> None:
        """Close, in a fork, what is this process's alone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for end in (self._listener, self._woken, self._waker, *self._kernels):
            end.close()
        for kernel in (self._spare, *self._kernels.values(), *self._dying):
            if kernel is not None:
                kernel.let_go()
        if self._anchor is not None:
            os.close(self._anchor)


def _exit_status(pid: int) -> int | None:
    """Return how a child ended, without letting its number go; None while it lives."""
    found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


if __name__ == "__main__":
    main(float(sys.argv[1]), *map(int, sys.argv[2:]))
