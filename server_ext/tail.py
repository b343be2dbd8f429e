"""The end of a growing log of JSON lines, read from where the last read stopped.

The driver is the only writer and only appends, so a line that ends in a newline never changes. A
last line without one is still being written, and is left for the next read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from nbprism.runner.events import TERMINAL

NEAR_BYTES: Final = 16384
"""Lines so near to the one that is looked for are read rather than searched."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event as it stands in the log, and the two facts a stream needs of it."""

    seq: int
    kind: str
    text: str

    @property
    def is_final(self) -> bool:
        """Whether the run is over with this event."""
        return self.kind in TERMINAL


class LineTail:
    """Reads a run's `events.jsonl` forward, each line once."""

    def __init__(self, path: Path, *, max_bytes: int, after: int = 0) -> None:
        """Prepare to read the log at `path`, which need not exist yet.

        Args:
            path: The log.
            max_bytes: How much one read takes, so that a long log does not fill the memory.
            after: The reader has all up to this number: the first lines given end with it, or are
                near it, so that who comes back to a long log need not read the whole of it.
        """
        self._path = path
        self._max_bytes = max_bytes
        self._after = after
        self._offset = 0

    def has_changed(self) -> bool:
        """Whether there may be something to read; one `stat`, so that waiting costs little."""
        return self._size() > self._offset

    def read(self) -> list[LogLine]:
        """Return the next complete lines; empty when there are none yet."""
        if not self.has_changed():
            return []
        with self._path.open("rb") as log:
            if self._offset == 0 and self._after:
                self._offset = _near(log, self._after, size=self._size())
            log.seek(self._offset)
            block = log.read(self._max_bytes)
            if b"\n" not in block:
                block += log.readline()  # a single event larger than a block
        whole = block[: block.rfind(b"\n") + 1]
        self._offset += len(whole)
        return list(_lines(whole))

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0


def _near(log: BinaryIO, seq: int, *, size: int) -> int:
    """Return where a line begins that is not after number `seq`, and near its end."""
    found, beyond = 0, size
    while beyond - found > NEAR_BYTES:
        middle = (found + beyond) // 2
        log.seek(middle)
        log.readline()  # what is left of the line there
        start = log.tell()
        line = log.readline()
        if start < beyond and line.endswith(b"\n") and json.loads(line)["seq"] <= seq:
            found = start
        else:
            beyond = middle
    return found


def _lines(block: bytes) -> Iterator[LogLine]:
    # Not `splitlines`: it also splits at separators that JSON allows inside a text.
    for line in block.split(b"\n"):
        if line:
            event = json.loads(line)
            yield LogLine(seq=event["seq"], kind=event["kind"], text=line.decode("utf-8"))
