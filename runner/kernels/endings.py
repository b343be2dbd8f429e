"""Which cell's code has ended: noted by the kernel apart from all that it says in messages.

A cell may break what messages are made of or sent through. No reply comes then, as if it still
computed; who waits for it looks here. The note is made by writing to memory, with nothing that a
cell could have replaced or closed.
"""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path
from time import monotonic
from typing import Final

from nbprism.runner.kernels.folder import shared_file

NOTE: Final = "ended"
_FORM: Final = struct.Struct("<d200s")
"""When, by the clock that all processes of a machine share, and the id of the request."""


class Endings:
    """The kernel's end."""

    def __init__(self, folder: Path) -> None:
        with shared_file(folder / NOTE, _FORM.size) as descriptor:
            self._memory = mmap.mmap(descriptor, _FORM.size)

    def note(self, request: str) -> None:
        """Note that the code of a request has ended."""
        self._memory[:] = _FORM.pack(monotonic(), request.encode())


def since(folder: Path, request: str) -> float:
    """Return for how long the code of a request has been over; 0 if it is not."""
    try:
        at, ended = _FORM.unpack((folder / NOTE).read_bytes())
    except (OSError, struct.error):  # the kernel did not get that far
        return 0.0
    return time.monotonic() - at if ended.rstrip(b"\0") == request.encode() else 0.0
