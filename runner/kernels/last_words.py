"""What a kernel wrote that has not arrived as a message, read by whoever runs it, when it is over.

Python's prints wait in the kernel to be sent (`unsent.py`). What compiled code and child processes
write goes into a named pipe in the kernel's folder, which a thread of the kernel reads. A process
that gives up says why there and ends in the same instant. What that thread did not get to is still
in the pipe, because it is held open here, too; what it had read and not yet looked at is in a file,
because it reads into a mapping of that.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from nbprism.runner.kernels import unsent
from nbprism.runner.kernels.channels import Message

STREAMS: Final = ("stdout", "stderr")
_MUCH: Final = 1 << 20


def pipe(folder: Path, stream: str) -> Path:
    """Return the pipe that takes what is written to a stream's descriptor."""
    return folder / f"{stream}.pipe"


def arriving(folder: Path, stream: str) -> Path:
    """Return the file that the kernel reads the pipe into; zeros where it is done with it."""
    return folder / f"{stream}.arriving"


class LastWords:
    """The streams of one kernel, from the moment on when its messages are heard."""

    def __init__(self, folder: Path, log: Path) -> None:
        """Begin to listen.

        Args:
            folder: The kernel's.
            log: The file that the kernel copies to what it reads from the pipes; it gets the rest.
        """
        self._folder, self._log = folder, log
        self._heard = {
            stream: unsent.given_away(unsent.place(folder, stream)) for stream in STREAMS
        }
        self._pipes = dict(self._open_pipes())

    def _open_pipes(self) -> list[tuple[str, int]]:
        with contextlib.suppress(OSError):  # no such pipes: another version, or another system
            return [
                (stream, os.open(pipe(self._folder, stream), os.O_RDONLY | os.O_NONBLOCK))
                for stream in STREAMS
            ]
        return []

    def hear(self, message: Message) -> None:
        """Note that a message has arrived."""
        if message["msg_type"] == "stream":
            content = message["content"]
            self._heard[content["name"]] += len(content["text"])

    def collect(self) -> dict[str, str]:
        """Return, for each stream, what has been written to it and not arrived."""
        return {stream: self._missing(stream) for stream in STREAMS}

    def _missing(self, stream: str) -> str:
        printed = unsent.after(unsent.place(self._folder, stream), self._heard[stream])
        written = self._read(stream) + self._drained(stream)
        if written:
            with self._log.open("ab") as log:
                log.write(written)
        self._heard[stream] += len(printed)
        return printed + written.decode("utf-8", "replace")

    def _read(self, stream: str) -> bytes:
        """Return what the kernel has taken out of the pipe and not looked at."""
        with contextlib.suppress(FileNotFoundError):
            return arriving(self._folder, stream).read_bytes().rstrip(b"\0")
        return b""

    def _drained(self, stream: str) -> bytes:
        """Return what is left in the pipe."""
        found = b""
        if (descriptor := self._pipes.get(stream)) is not None:
            with contextlib.suppress(BlockingIOError):
                while part := os.read(descriptor, _MUCH):
                    found += part
        return found

    def close(self) -> None:
        """Let the pipes go."""
        while self._pipes:
            os.close(self._pipes.popitem()[1])
