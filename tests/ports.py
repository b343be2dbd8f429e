"""Ports for servers that cannot choose theirs themselves."""

from __future__ import annotations

import random
import socket

OURS = range(20_000, 30_000)
"""Below those that systems give to whoever asks for any: what is free here stays free."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    while True:
        # Not the tests' own random numbers, which are the same in each process.
        port = random.SystemRandom().choice(OURS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
