"""Sockets between processes of one user on one machine, in a folder that nobody else can enter."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from nbprism.runner.memory_disk import memory_disk


class NotPrivate(Exception):
    """The folder is open to others; the text says which, and what to do."""


def private_folder() -> Path:
    """Return the folder of this user's sockets, made if need be.

    Raises:
        NotPrivate: somebody else owns it or can enter it.
    """
    path = memory_disk() / f"nbprism-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NotPrivate(f"{path} can be entered by others; remove it")
    return path


def listen(address: Path) -> socket.socket:
    """Return a socket that is listened on from now on, in the place of one nobody answers on."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    address.unlink(missing_ok=True)
    listener.bind(str(address))
    listener.listen()
    return listener


def connect(address: Path) -> socket.socket | None:
    """Return a connection, or None if nobody listens."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        line.connect(str(address))
    except (FileNotFoundError, ConnectionRefusedError):
        line.close()
        return None
    return line
