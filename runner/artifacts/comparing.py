"""Whether values are, byte for byte, what an archive has: found out without writing or hashing.

Comparing memory with a file that is cached takes a fraction of the time of hashing it, and what was
loaded from that very archive need not even be compared: the operating system knows which of its
pages were written to.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts import archive, pages
from nbprism.runner.artifacts.archive import ALIGN

_BLOCK: Final = 256 << 10
"""Compared at a time: small enough to stay in the processor's cache."""


class Differs(Exception):
    """Raised at the first byte that is not what the archive has there."""


class Comparer:
    """Takes what an archive would be written from; a writer that writes nothing."""

    def __init__(self, path: Path) -> None:
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
        """Raise `Differs` if the archive goes on."""
        if self.size != self._there.nbytes:
            raise Differs

    def _same(self, now: memoryview, there: memoryview) -> bool:
        start = _start(now) if now.nbytes >= mmap.PAGESIZE else None
        if start is None or self._loaded_at is None or start != self._loaded_at + self.size:
            return _equal(now, there)
        if (written := pages.written(start, now.nbytes)) is None:
            return _equal(now, there)
        return all(
            _equal(now[low - start : high - start], there[low - start : high - start])
            for low, high in written
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
