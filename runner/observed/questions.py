"""What the user's code asks about files without opening them: whether they are there, how large.

Python announces no such question, so the functions that answer it are replaced in the kernel. Only
the first answer about a path counts, and none about what the step has made itself by then.
"""

from __future__ import annotations

import functools
import os
import stat
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final

from nbprism.runner.observed.callers import above, is_standard, is_users
from nbprism.runner.observed.contents import ABSENT
from nbprism.runner.observed.scope import Scope

MAX_ASKED: Final = 10_000
"""A step that asks about more paths is not reused."""
_SIZES: Final = frozenset({"stat", "lstat", "getsize"})
"""Functions of Python's library that hand on what they were told; the others only look whether, and
as what, something is there."""
_TIMES: Final = frozenset({"getmtime", "getctime", "getatime"})
_TIME_FIELDS: Final = frozenset({"st_mtime", "st_mtime_ns", "st_ctime", "st_ctime_ns"})

Note = Callable[[str, str], None]
"""Takes a path as it was given, and the answer."""


def watch(scope: Scope, note: Note) -> None:
    """Have `note` called with each question of the user's code, and its answer."""
    for name in ("stat", "lstat", "access"):
        setattr(os, name, _noting(getattr(os, name), scope, note))


def answer_now(path: str, told: str) -> str:
    """Return what would be told of a path now, in as much detail as `told` has."""
    try:
        found = os.lstat(path) if told.startswith("link") else os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return ABSENT
    detail = len(told.split())
    return _told(found, size=detail > 1, times=detail > 2)  # noqa: PLR2004 - kind, size, time


def _noting(function: Callable[..., Any], scope: Scope, note: Note) -> Callable[..., Any]:
    @functools.wraps(function)
    def asked(path: Any, *args: Any, **kwargs: Any) -> Any:
        frame = _users_frame(scope)
        if frame is None or not isinstance(path, str | os.PathLike):
            return function(path, *args, **kwargs)
        try:
            found = function(path, *args, **kwargs)
        except OSError:
            note(os.fspath(path), ABSENT)
            raise
        if isinstance(found, os.stat_result):
            note(os.fspath(path), _told(found, **_details(frame)))
        elif not found:  # `os.access`, which is true of what is there
            note(os.fspath(path), ABSENT)
        return found

    return asked


def _users_frame(scope: Scope) -> FrameType | None:
    """Return the frame of the user's code that asks, through Python's library or not."""
    for frame in above(sys._getframe(2)):
        if is_users(frame, scope):
            return frame
        if not is_standard(frame):
            return None
    return None


def _details(users: FrameType) -> Mapping[str, bool]:
    """Return what of an answer somebody may look at."""
    between = []
    for frame in above(sys._getframe(2)):
        if frame is users:
            break
        between.append(frame.f_code.co_name)
    if any(name in _TIMES for name in between):
        return {"size": True, "times": True}
    if not all(name in _SIZES for name in between):
        return {"size": False, "times": False}
    return {"size": True, "times": not _TIME_FIELDS.isdisjoint(users.f_code.co_names)}


def _told(found: os.stat_result, *, size: bool, times: bool) -> str:
    if not stat.S_ISREG(found.st_mode):
        kinds = {stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
        return kinds.get(stat.S_IFMT(found.st_mode), "other")
    details = [str(found.st_size)] if size else []
    return " ".join(["file", *details, *([str(found.st_mtime_ns)] if times else [])])
