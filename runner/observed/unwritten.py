"""What the user's code has written to open files and Python still holds back."""

from __future__ import annotations

import contextlib
import gc
import io


def write_out() -> None:
    """Flush what is open for writing: a notebook seldom closes what it opens.

    The kernel would do so when it ends, which is after copies of the written files were taken. Only
    plain files: to flush a compressed one changes its bytes.
    """
    files = [file for file in gc.get_objects() if _is_plain(file)]
    # What is above goes into what is below.
    for file in sorted(files, key=lambda file: isinstance(file, io.BufferedIOBase)):
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile, a full disk, a pipe
            file.flush()


def _is_plain(thing: object) -> bool:
    kind = type(thing)
    if kind is io.TextIOWrapper:
        return type(getattr(thing, "buffer", None)) in _BUFFERS
    return kind in _BUFFERS and isinstance(getattr(thing, "raw", None), io.FileIO)


_BUFFERS = frozenset({io.BufferedWriter, io.BufferedRandom})
