"""A network between browser and server that goes away, as it does for a laptop that sleeps."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

LOOK_S = 0.05
CHUNK = 65536


class Wire(socketserver.ThreadingTCPServer):
    """Carries connections to a server; asleep, those there are stay open and carry nothing again.

    That is how it is after sleep: neither side was told, and nothing will ever come through.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        self.target = urlsplit(address).port
        self.is_awake = True
        self.sleeps = 0
        """Connections of earlier days are dead."""
        super().__init__(("127.0.0.1", 0), _Connection)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, name="wire", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_awake = True
        self.sleeps += 1
        self.shutdown()
        self.server_close()

    def over(self, address: str) -> str:
        """Return an address of the server as it is reached over this wire."""
        return address.replace(f":{self.target}/", f":{self.server_address[1]}/", 1)

    def sleep(self) -> None:
        """From now on nothing comes through."""
        self.is_awake = False
        self.sleeps += 1

    def wake(self) -> None:
        """Carry new connections again."""
        self.is_awake = True


class _Connection(socketserver.BaseRequestHandler):
    server: Wire
    request: socket.socket

    def handle(self) -> None:
        """Carry what comes from either side until one of them closes."""
        born = self.server.sleeps
        with contextlib.suppress(OSError), self._connected() as target:
            other = {self.request: target, target: self.request}
            while self.server.sleeps == born:
                for side in select.select(list(other), [], [], LOOK_S)[0]:
                    data = side.recv(CHUNK)
                    if not data:
                        return
                    # Asked again: what came after it fell asleep must not come through.
                    if self.server.sleeps == born:
                        other[side].sendall(data)
            self._lie_dead()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        if not self.server.is_awake:
            raise ConnectionRefusedError
        with socket.create_connection(("127.0.0.1", self.server.target)) as target:
            yield target

    def _lie_dead(self) -> None:
        """Say nothing to the browser; it is the one that must notice."""
        while select.select([self.request], [], [], 1.0)[0] == [] or self.request.recv(CHUNK):
            pass
