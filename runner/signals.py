"""SIGINT and SIGTERM of a process that leads runs: all of them are cancelled."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

Hear = Callable[[], None]


class Signals:
    """Tells every listener; may be asked again, for Ray takes the signals when it is joined."""

    def __init__(self) -> None:
        self._listeners: dict[Hear, None] = {}

    def listen(self, hear: Hear) -> None:
        """Call `hear` in the running loop at each of the signals from now on."""
        self._listeners[hear] = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._tell)

    def _tell(self) -> None:
        for hear in self._listeners:
            hear()
