"""Memory of this process that the system watches, so that what was not written to is known.

Linux (6.7 and later) protects the pages of a range for us and says which were written to since
(kernel.org, admin-guide/mm/pagemap: PAGEMAP_SCAN; userfaultfd: asynchronous write protection).
Elsewhere, and where a container forbids it, nothing is known, and bytes have to be compared.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import struct
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts.archive import Target

LEAST: Final = 32 << 20
"""Bytes from which on a piece is watched. What malloc gives from that size on has a mapping of its
own, so that nobody else's memory is slowed; smaller pieces are compared in a few milliseconds."""

Span = tuple[int, int]
"""Addresses: the first, and the one after the last."""

_HARMLESS: Final = frozenset({
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx",
    "/dev/pts", "/dev/shm",  # noqa: S108 - nothing is put there
})  # fmt: skip
"""Devices, and folders of them, that write to no memory but with the system's own copying."""
_SYSTEM_CALL: Final = {"x86_64": 323, "aarch64": 282}
_API: Final = struct.Struct("QQQ")
_REGISTER: Final = struct.Struct("QQQQ")
_SCAN: Final = struct.Struct("12Q")
_REGION: Final = struct.Struct("QQQ")
_REGIONS: Final = 512
_ASYNC: Final = 1 << 13 | 1 << 15  # UFFD_FEATURE_WP_UNPOPULATED, UFFD_FEATURE_WP_ASYNC
_UFFDIO_API, _UFFDIO_REGISTER, _PAGEMAP_SCAN = 0xC018AA3F, 0xC020AA00, 0xC0606610
_WRITTEN, _FILE, _PRESENT = 2, 4, 8


class Seals:
    """What of this process's memory is known to be what some archive has."""

    def __init__(self) -> None:
        self._held: dict[Span, tuple[Path, int]] = {}

    def close(self, span: Span, archive: Path | None = None, offset: int = 0) -> list[Span]:
        """Watch a piece of memory from now on; return what of it may be other than the archive.

        All of it, unless it was found to be that, and watched since.
        """
        was_there = self._held.get(span) == (archive, offset)
        # Only who says afterwards what it is now, with `hold`, may rely on this moment's seal.
        for other in [held for held in self._held if held[0] < span[1] and span[0] < held[1]]:
            self._held.pop(other, None)
        first = -(-span[0] // mmap.PAGESIZE) * mmap.PAGESIZE
        last = span[1] // mmap.PAGESIZE * mmap.PAGESIZE
        written = _written_since(first, last) if last - first >= LEAST else None
        if not was_there or written is None:
            return [span]
        return [(span[0], first), *written, (last, span[1])]

    def hold(self, span: Span, archive: Path, offset: int) -> None:
        """Remember that this memory was, when it was last closed, what the archive has there."""
        self._held[span] = archive, offset


ours: Final = Seals()
"""Those of this process."""


class Sealing:
    """A writer's own writer, that closes each large piece of memory before it is written."""

    def __init__(self, writer: Target) -> None:
        self._writer = writer
        self._closed: list[tuple[Span, int]] = []

    @property
    def size(self) -> int:
        return self._writer.size

    def write(self, data: Any, /) -> int:
        """Write one piece."""
        with memoryview(data) as view:
            if view.nbytes >= LEAST and (span := span_of(view)) is not None:
                ours.close(span)
                self._closed.append((span, self.size))
        return self._writer.write(data)

    def align(self) -> None:
        """Pad so that the next piece starts at an aligned offset."""
        self._writer.align()

    def hold(self, archive: Path) -> None:
        """Remember where everything was written to."""
        for span, offset in self._closed:
            ours.hold(span, archive, offset)


def span_of(buffer: memoryview) -> Span | None:
    """Return where a contiguous buffer is, None if it cannot be told."""
    if (numpy := sys.modules.get("numpy")) is None:
        return None
    start: int = numpy.frombuffer(buffer, numpy.uint8).ctypes.data
    return start, start + buffer.nbytes


def _written_since(first: int, last: int) -> list[Span] | None:
    """Return which pages were written to since this was last asked, and watch them from now on.

    None if that cannot be known.
    """
    if not sys.platform.startswith("linux") or _has_devices():
        return None
    import fcntl

    try:
        # Memory that was given back and handed out again is not watched any more: watching begins.
        place = bytearray(_REGISTER.pack(first, last - first, 2, 0))
        fcntl.ioctl(_watcher(os.getpid()), _UFFDIO_REGISTER, place)
        return list(_scanned(first, last))
    except OSError:
        return None


def _scanned(first: int, last: int) -> Iterator[Span]:
    import fcntl

    found = ctypes.create_string_buffer(_REGIONS * _REGION.size)
    with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:  # noqa: PTH123 - no real file
        while first < last:
            # Written, or a file's (which others may write to), or not even there; and, at the same
            # moment, protected (1), refused where a write would not be told (2).
            told = bytearray(
                _SCAN.pack(
                    _SCAN.size, 3, first, last, 0, ctypes.addressof(found), _REGIONS, 0,
                    _PRESENT, 0, _WRITTEN | _FILE | _PRESENT, _WRITTEN,
                )
            )  # fmt: skip
            number = fcntl.ioctl(pagemap, _PAGEMAP_SCAN, told)
            for region in range(number):
                yield _REGION.unpack_from(found, region * _REGION.size)[:2]
            first = _SCAN.unpack(told)[4]


@cache
def _watcher(pid: int) -> int:
    """Return the descriptor that pages are watched with; a forked child needs one of its own.

    Raises:
        OSError: it is not to be had here.
    """
    import fcntl

    number = _SYSTEM_CALL.get(platform.machine())
    if number is None:
        raise OSError("This processor's number of the call is not known.")
    # For writes of this process alone (1): so no privilege is needed.
    descriptor: int = ctypes.CDLL(None, use_errno=True).syscall(number, os.O_CLOEXEC | 1)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "userfaultfd")
    fcntl.ioctl(descriptor, _UFFDIO_API, bytearray(_API.pack(0xAA, _ASYNC, 0)))
    return descriptor


def _has_devices() -> bool:
    """Return whether a device may write to this process's memory, of which no page would tell."""
    return any(map(_is_device, Path("/proc/self/fd").iterdir()))


def _is_device(descriptor: Path) -> bool:
    try:
        opened = descriptor.readlink()
    except OSError:  # closed meanwhile, as the folder's own
        return False
    is_harmless = not _HARMLESS.isdisjoint(map(str, (opened, opened.parent)))
    return (opened.is_relative_to("/dev") and not is_harmless) or "io_uring" in opened.name
