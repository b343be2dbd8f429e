"""What a kernel was given to print and may not have sent: kept where it outlives the kernel.

A kernel collects what is printed for a moment before it sends it. One that dies in that moment
would take its last words along, the very ones that somebody will look for. So each stream also
keeps them in a file in the kernel's folder, mapped into memory: that costs a fraction of what
`print` does.

The file has two halves, which are used in turn. What was sent last stays in its half until more is
sent: it may still be on its way. A half begins with how many characters were sent before it; zeros
follow its text.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from nbprism.runner.kernels.folder import shared_file

HALF: Final = 1 << 17
"""In bytes; a multiple of what can be mapped. A stream is sent twenty times a second."""
LOST: Final = "\n[nbprism] What was printed after this was lost with the kernel.\n"

_START: Final = struct.Struct("<q")
_UNUSED: Final = b"\0"


def place(folder: Path, stream: str) -> Path:
    """Return the file of a stream of the kernel with that folder."""
    return folder / f"{stream}.unsent"


class Unsent:
    """The kernel's end of one stream."""

    def __init__(self, path: Path) -> None:
        with shared_file(path, 2 * HALF) as descriptor:
            self._used, self._next = (
                mmap.mmap(descriptor, HALF, offset=offset) for offset in (0, HALF)
            )
        self._sent = 0
        self.keep: Callable[[bytes], int]
        """Keeps bytes that are UTF-8 and fit, else raises ValueError: for whoever is in a hurry."""
        self.sent(0)

    def write(self, text: str) -> None:
        """Keep a text that will be sent before long, or the beginning of it."""
        data = text.encode("utf-8", "replace")
        self.keep(data[: HALF - self._used.tell()])

    def sent(self, length: int) -> None:
        """Begin anew, now that so many characters were given away to be sent."""
        self._sent += length
        self._used, self._next = self._next, self._used
        used = self._used.tell()
        self._used[:used] = _UNUSED * used
        self._used.seek(0)
        self._used.write(_START.pack(self._sent))
        self.keep = self._used.write


def given_away(path: Path) -> int:
    """Return how many characters the stream has given away to be sent; 0 if nobody can know."""
    # Each unit asks: the texts are not read for it.
    with contextlib.suppress(FileNotFoundError, struct.error), path.open("rb") as file:
        beginnings = [os.pread(file.fileno(), _START.size, offset) for offset in (0, HALF)]
        starts: list[int] = [_START.unpack(beginning)[0] for beginning in beginnings]
        return max(starts)
    return 0


def after(path: Path, heard: int) -> str:
    """Return what the stream was given after its first `heard` characters, as far as kept."""
    halves = _halves(path)
    ends = [*(half.start for half in halves[1:]), math.inf]
    return "".join(
        half.text[max(0, heard - half.start) :] + (LOST if half.is_full else "")
        for half, end in zip(halves, ends, strict=False)
        if heard < end
    )


class _Half(NamedTuple):
    start: int
    text: str
    is_full: bool


def _halves(path: Path) -> list[_Half]:
    """Return both halves, in order of where in the stream their texts begin."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:  # the kernel did not get that far
        return []
    return sorted(_read(half) for half in (data[:HALF], data[HALF:]) if len(half) == HALF)


def _read(half: bytes) -> _Half:
    (start,) = _START.unpack_from(half)
    written = half[_START.size :].rstrip(_UNUSED)
    text = written.decode("utf-8", "ignore")
    return _Half(start, text, _START.size + len(written) == HALF)
