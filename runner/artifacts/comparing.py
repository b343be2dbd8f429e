"""Whether values are, byte for byte, what an archive has: found out without writing or hashing.

Comparing memory with a file that is cached takes a fraction of the time of hashing it. What was
loaded from that very archive, or was the same when it was last looked at, need not even be compared
where the operating system knows which of its pages were written to since.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts import archive, pages, seals
from nbprism.runner.artifacts.archive import ALIGN
from nbprism.runner.artifacts.seals import LEAST, Span, span_of

_BLOCK: Final = 256 << 10
"""Compared at a time: small enough to stay in the processor's cache."""


class Differs(Exception):
    """Raised at the first byte that is not what the archive has there."""


class Comparer:
    """Takes what an archive would be written from; a writer that writes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._closed: list[tuple[Span, int]] = []
        with path.open("rb") as file:
            self._there = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        loaded = archive.mappings.get(path)
        self._loaded_at = None if loaded is None else pages.address(loaded)
        self._loaded = loaded  # must not be unmapped meanwhile
        self.size = 0

    def write(self, data: Any, /) -> int:
        """Compare one piece with what is at this place.

        Raises:
            Differs: it is something else.
        """
        with memoryview(data) as view, view.cast("B") as flat:
            size = flat.nbytes
            there = self._there[self.size : self.size + size]
            if there.nbytes != size or not self._same(flat, there):
                raise Differs
        self.size += size
        return size

    def align(self) -> None:
        """Take the padding in, as a writer puts it there."""
        self.size += -self.size % ALIGN

    def finish(self) -> None:
        """Raise `Differs` if the archive goes on; else remember what memory is the same."""
        if self.size != self._there.nbytes:
            raise Differs
        for span, offset in self._closed:
            seals.ours.hold(span, self._path, offset)

    def _same(self, now: memoryview, there: memoryview) -> bool:
        start = _start(now) if now.nbytes >= mmap.PAGESIZE else None
        if start is None or self._loaded_at is None or start != self._loaded_at + self.size:
            return self._same_as_then(now, there)
        if (written := pages.written(start, now.nbytes)) is None:
            return _equal(now, there)
        return _equal_in(written, start, now, there)

    def _same_as_then(self, now: memoryview, there: memoryview) -> bool:
        if now.nbytes < LEAST or (span := span_of(now)) is None:
            return _equal(now, there)
        self._closed.append((span, self.size))
        return _equal_in(seals.ours.close(span, self._path, self.size), span[0], now, there)


def _equal_in(spans: Iterable[Span], start: int, one: memoryview, other: memoryview) -> bool:
    """Compare the parts of two buffers that the spans tell, as addresses in the first."""
    return all(
        _equal(one[low - start : high - start], other[low - start : high - start])
        for low, high in spans
    )


def _equal(one: memoryview, other: memoryview) -> bool:
    numpy = sys.modules.get("numpy")
    if numpy is None or one.nbytes < mmap.PAGESIZE:
        return bytes(one) == bytes(other)
    word = numpy.uint64 if one.nbytes % 8 == 0 else numpy.uint8
    now, then = numpy.frombuffer(one, word), numpy.frombuffer(other, word)
    step = _BLOCK // now.itemsize
    return all(
        numpy.array_equal(now[at : at + step], then[at : at + step])
        for at in range(0, now.size, step)
    )


def _start(buffer: memoryview) -> int | None:
    """Return the address of a buffer's first byte, None if it cannot be told."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    except TypeError:  # read only
        return None
