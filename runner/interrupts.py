"""Ctrl-C that is noted, wherever the program is at that moment."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """Inside of it the first Ctrl-C is only noted; the second one raises, as everywhere else.

    A `KeyboardInterrupt` comes up in whatever runs just then: around a loop over a generator that
    is as often the loop's body as the generator, which then cannot know. Signals belong to the
    main thread; in others nothing is noted, and nothing raised.
    """

    def __init__(self) -> None:
        self._noted = False

    def __enter__(self) -> Self:
        self._is_main = threading.current_thread() is threading.main_thread()
        if self._is_main:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._is_main:
            self._restore()

    def take(self) -> bool:
        """Return whether there was one since this was asked."""
        noted, self._noted = self._noted, False
        return noted

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._restore()
        self._noted = True

    def _restore(self) -> None:
        # None: a handler that was not set from Python, which cannot be set again.
        if signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, self._before or signal.default_int_handler)
