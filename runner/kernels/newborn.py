"""Kernels that were forked ahead: ready but for what makes them one unit's own.

A newborn kernel has started its threads and bound its sockets in a private folder; nobody knows the
key to them. It waits for one message, the request of the unit that takes it, and becomes that
unit's kernel: environment, working directory, random numbers, life. If the warm process ends first,
so does the newborn.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbprism.runner.kernels import boot, preload
from nbprism.runner.kernels.channels import Connection, connection_file, write_connection
from nbprism.runner.kernels.folder import PrivateFolder

MAX_REQUEST: Final = 1 << 20
LOG: Final = "log"
FAILURE: Final = "failure.json"
FAILURE_VARIABLE: Final = "NBPRISM_FAILURE"


@dataclass(frozen=True, slots=True)
class Newborn:
    """The warm process's side of a kernel that nobody has taken yet."""

    pid: int
    folder: PrivateFolder
    line: socket.socket

    @classmethod
    def fork(cls, let_go: Callable[[], None], connection: Connection | None = None) -> Newborn:
        """Fork a kernel.

        Args:
            let_go: Closes, in the child, what belongs to the parent alone.
            connection: How it is reached, if that is not its own to choose.
        """
        folder = PrivateFolder.make()
        write_connection(folder.path, connection)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                let_go()
                _live(theirs, folder.path)
            finally:
                sys.stderr.flush()
                os._exit(1)
        theirs.close()
        return cls(pid, folder, ours)

    def give(self, request: bytes, lifeline: int, ready: int) -> None:
        """Make it the kernel of whoever asked."""
        with self.line:
            socket.send_fds(self.line, [request], [lifeline, ready])

    def end(self) -> None:
        """End it; it still has to be buried."""
        self.line.close()
        os.kill(self.pid, signal.SIGKILL)

    def bury(self) -> None:
        """Wait until it has ended, and remove what it left."""
        os.waitpid(self.pid, 0)
        self.folder.remove()

    def let_go(self) -> None:
        """Close, in the fork of another kernel, what is between this one and its parent."""
        self.line.close()
        self.folder.let_go()


def _live(line: socket.socket, place: Path) -> None:
    os.setsid()
    _write_to(place / LOG)
    app = boot.prepare(connection_file(place))
    data, descriptors, _, _ = socket.recv_fds(line, MAX_REQUEST, 2)
    line.close()
    if not data:
        os._exit(0)
    request = json.loads(data)
    lifeline, ready = descriptors
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    os.environ.clear()
    os.environ.update(request["env"])
    os.environ[FAILURE_VARIABLE] = str(place / FAILURE)
    time.tzset()
    preload.reseed()
    boot.run(app, request["cwd"], lifeline, ready)


def _write_to(log: Path) -> None:
    """Give this process standard streams of its own."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for target, source in enumerate((nothing, file, file)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(file)
