"""On whose account something is asked: the user's code, or a library for itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import FrameType
from typing import Final

from nbprism.runner.observed.scope import Scope

STANDARD_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120
_SITE: Final = ("site-packages", "dist-packages")
_DEPTH: Final = 20


def is_standard(frame: FrameType) -> bool:
    """Return whether the frame runs code of Python's own library."""
    place = frame.f_code.co_filename
    if place.startswith("<frozen "):
        return True
    return place.startswith(STANDARD_LIBRARY) and not any(part in place for part in _SITE)


def is_users(frame: FrameType, scope: Scope) -> bool:
    """Return whether the frame runs code of a cell, or of a local module."""
    place = frame.f_code.co_filename
    is_file = place.startswith(os.sep)  # else `<frozen ...>`, `<string>`
    return frame.f_globals.get("__name__") == "__main__" or (is_file and scope.has(place))


def above(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frame and those that called it, up to a limit."""
    for _ in range(_DEPTH):
        if frame is None:
            return
        yield frame
        frame = frame.f_back
