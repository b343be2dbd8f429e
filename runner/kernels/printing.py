"""The streams that a kernel prints to: ipykernel's, at a third of the price of a write.

`print` writes four times for two words. For each, ipykernel asks which process this is and looks
for the text of the request by all that the request's header says, 2 microseconds; here that is done
once for all that is written for one request until it is sent. And nothing is lost with a kernel
that dies: whoever runs it can read what it had not sent (`last_words.py`).
"""

from __future__ import annotations

import codecs
import mmap
import os
import sys
import threading
from pathlib import Path
from typing import Any, Final

from ipykernel.iostream import OutStream

from nbprism.runner.kernels import unsent
from nbprism.runner.kernels.folder import shared_file
from nbprism.runner.kernels.last_words import arriving, pipe

_CHUNK: Final = 1 << 14


class PrintStream(OutStream):
    """Knows the text that the last write went to."""

    folder: Path
    """The kernel's own."""

    def __init__(self, session: Any, pub_thread: Any, name: str, **options: Any) -> None:
        self._request: Any = None
        self._text: Any = None
        self._forked = False
        self._unsent = unsent.Unsent(unsent.place(self.folder, name))
        super().__init__(session, pub_thread, name, **options)  # type: ignore[no-untyped-call]
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
            try:
                self._unsent.keep(string.encode())
            except ValueError:  # too much, or not to be encoded
                self._unsent.write(string)
        self._schedule_flush()  # type: ignore[no-untyped-call]
        return len(string)

    def _rotate_buffers(self) -> Any:
        with self._buffer_lock:
            self._request = None
            buffers: Any = super()._rotate_buffers()  # type: ignore[no-untyped-call]
            if not self._forked:
                self._unsent.sent(sum(text.tell() for text in buffers.values()))
            return buffers

    def _setup_stream_redirects(self, name: str) -> None:
        """Have what is written to the stream's descriptor read from a pipe that has a name."""
        path = pipe(self.folder, name)
        os.mkfifo(path, 0o600)
        self._fid: int = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writing = os.open(path, os.O_WRONLY)
        os.set_blocking(self._fid, True)
        self._original_stdstream_fd = getattr(sys, name).fileno()
        self._original_stdstream_copy = os.dup(self._original_stdstream_fd)
        os.dup2(writing, self._original_stdstream_fd)
        os.close(writing)
        with shared_file(arriving(self.folder, name), _CHUNK) as descriptor:
            self._arriving = mmap.mmap(descriptor, _CHUNK)
        self.watch_fd_thread = threading.Thread(
            target=self._watch_pipe_fd, name=f"nbprism-{name}", daemon=True
        )
        self.watch_fd_thread.start()

    def _watch_pipe_fd(self) -> None:
        """Print what is written to the descriptor, and copy it to the process's own log."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        try:
            # Into memory that outlives the process: it may end before the next line.
            while (size := os.readv(self._fid, [self._arriving])) and self._should_watch:
                data = self._arriving[:size]
                os.write(self._original_stdstream_copy, data)
                self._arriving[:size] = bytes(size)
                self.write(decode(data))
        except Exception:
            self._exc = sys.exc_info()
