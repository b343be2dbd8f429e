"""The streams that a kernel prints to: ipykernel's, at a third of the price of a write.

`print` writes four times for two words. For each, ipykernel asks which process this is and looks
for the text of the request by all that the request's header says, 2 microseconds; here that is done
once for all that is written for one request until it is sent.
"""

from __future__ import annotations

import os
from typing import Any

from ipykernel.iostream import OutStream


class PrintStream(OutStream):
    """Knows the text that the last write went to."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._request: Any = None
        self._text: Any = None
        self._forked = False
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        os.register_at_fork(after_in_child=self._after_fork)

    def _after_fork(self) -> None:
        self._forked = True

    def write(self, string: str) -> int:
        """Write, to be sent before long."""
        if self._forked or self.pub_thread is None or not isinstance(string, str):
            # It raises, or knows what a forked process needs.
            return super().write(string) or 0
        request = self.parent_header
        with self._buffer_lock:
            if request is not self._request:
                self._request = request
                self._text = self._buffers[frozenset(request.items())]
            self._text.write(string)
        self._schedule_flush()  # type: ignore[no-untyped-call]
        return len(string)

    def _rotate_buffers(self) -> Any:
        with self._buffer_lock:
            self._request = None
            return super()._rotate_buffers()  # type: ignore[no-untyped-call]
