"""Which pages of a private mapping were written to, as the operating system knows it.

Linux says for every page whether it still is the file's (`/proc/self/pagemap`; kernel.org,
admin-guide/mm/pagemap). Elsewhere nothing is known, and bytes have to be compared.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterator
from typing import Final

_ENTRY: Final = 8
_IN_MEMORY: Final = 0xC0
"""Bits of an entry's last byte: the page is in memory, or in swap."""
_OF_FILE: Final = 0x20
_WRITTEN: Final = bytes(bool(top & _IN_MEMORY) and not top & _OF_FILE for top in range(256))


def address(mapping: mmap.mmap) -> int:
    """Return where a writable mapping starts."""
    return ctypes.addressof(ctypes.c_char.from_buffer(mapping))


def written(start: int, size: int) -> Iterator[tuple[int, int]] | None:
    """Yield the parts of memory, as start and end, whose pages are not the file's any more.

    None if that cannot be known here.
    """
    first, last = start // mmap.PAGESIZE, (start + size - 1) // mmap.PAGESIZE
    try:
        descriptor = os.open("/proc/self/pagemap", os.O_RDONLY)
    except OSError:
        return None
    try:
        entries = os.pread(descriptor, (last - first + 1) * _ENTRY, first * _ENTRY)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if len(entries) != (last - first + 1) * _ENTRY:
        return None
    return _runs(entries[_ENTRY - 1 :: _ENTRY].translate(_WRITTEN), first, start, start + size)


def _runs(flags: bytes, first: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = flags.find(1)
    while at >= 0:
        stop = flags.find(0, at)
        stop = len(flags) if stop < 0 else stop
        low, high = ((first + page) * mmap.PAGESIZE for page in (at, stop))
        yield max(low, start), min(high, end)
        at = flags.find(1, stop)
