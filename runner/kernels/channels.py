"""The sockets to a kernel, over files that only this user can reach."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import zmq
from jupyter_client.session import Session

_PORTS: Final = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
_PROBE_S: Final = 0.05
"""A probe whose echo did not come back is repeated after this long; an echo takes a few ms."""

Message = dict[str, Any]
Connection = Mapping[str, Any]
"""What Jupyter calls the connection info of a kernel."""


def new_connection(folder: Path) -> Connection:
    """Return how to reach a kernel through files in a private folder."""
    return {
        "transport": "ipc",
        "ip": str(folder / "k"),
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
        **{f"{name}_port": port for name, port in _PORTS.items()},
    }


def write_connection(folder: Path, connection: Connection | None = None) -> Path:
    """Write the file a kernel binds its sockets by, and return its path."""
    path = connection_file(folder)
    path.write_text(json.dumps(connection or new_connection(folder)), encoding="utf-8")
    path.chmod(0o600)
    return path


def read_connection(folder: Path) -> dict[str, Any]:
    """Return how to reach the kernel with that folder."""
    found: dict[str, Any] = json.loads(connection_file(folder).read_text(encoding="utf-8"))
    return found


def connection_file(folder: Path) -> Path:
    """Return where a kernel's folder says how to reach it."""
    return folder / "connection.json"


class Channels:
    """Requests to a kernel on `shell`, its outputs on `iopub`."""

    def __init__(self, folder: Path) -> None:
        form = read_connection(folder)
        self.session = Session(key=form["key"].encode(), signature_scheme=form["signature_scheme"])
        self._context = zmq.Context()
        self._address = f"ipc://{form['ip']}"
        self.shell = self._connect(zmq.DEALER, "shell")
        self.iopub = self._connect(zmq.SUB, "iopub")
        self.poller = zmq.Poller()
        self.poller.register(self.shell, zmq.POLLIN)
        self.poller.register(self.iopub, zmq.POLLIN)

    def _connect(self, kind: int, name: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.linger = 0
        # Never drop: a lost `idle` would look like a cell that does not end.
        socket.rcvhwm = 0
        if kind == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(f"{self._address}-{_PORTS[name]}")
        return socket

    def greet(self, *, timeout_s: float) -> Message:
        """Return the kernel's description, once both its replies and its outputs arrive.

        Raises:
            TimeoutError: they did not.
        """
        deadline = time.monotonic() + timeout_s
        info: Message | None = None
        while time.monotonic() < deadline:
            probe = self.send("kernel_info_request", {})
            replied, echoed = self._await_echo(probe)
            info = replied or info
            if info is not None and echoed:
                return info
        raise TimeoutError(f"the kernel did not answer within {timeout_s:g} s")

    def _await_echo(self, probe: str) -> tuple[Message | None, bool]:
        deadline = time.monotonic() + _PROBE_S
        info: Message | None = None
        echoed = False
        while (left := deadline - time.monotonic()) > 0 and not (info and echoed):
            shell, iopub = self.receive(left)
            info = next((m["content"] for m in shell if m["msg_type"] == "kernel_info_reply"), info)
            echoed = echoed or any(_parent(message) == probe for message in iopub)
        return info, echoed

    def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a request and return its id."""
        message = self.session.msg(kind, content)
        self.session.send(self.shell, message)
        identity: str = message["header"]["msg_id"]
        return identity

    def receive(self, timeout_s: float) -> tuple[list[Message], list[Message]]:
        """Return what has come from shell and iopub, waiting for the first only."""
        ready = dict(self.poller.poll(max(0, round(timeout_s * 1000))))
        shell = self._drain(self.shell) if self.shell in ready else []
        iopub = self._drain(self.iopub) if self.iopub in ready else []
        return shell, iopub

    def _drain(self, socket: zmq.Socket[bytes]) -> list[Message]:
        messages = []
        with contextlib.suppress(zmq.Again):
            # A kernel that never pauses must not keep us from looking at the clock.
            for _ in range(1000):
                frames = socket.recv_multipart(zmq.NOBLOCK)
                _, parts = self.session.feed_identities(frames)
                messages.append(self.session.deserialize(parts))
        return messages

    def close(self) -> None:
        """Close the sockets; nothing that is still on its way is waited for."""
        self._context.destroy(linger=0)


def stream_message(stream: str, text: str, request: str) -> Message:
    """Return the message that a kernel sends when a request prints a text."""
    return {
        "msg_type": "stream",
        "content": {"name": stream, "text": text},
        "parent_header": {"msg_id": request},
    }


def _parent(message: Message) -> str | None:
    identity: str | None = message["parent_header"].get("msg_id")
    return identity
