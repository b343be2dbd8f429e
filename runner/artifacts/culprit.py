"""Find the part of a value that cannot be moved, so that a message can name it.

`config['db'].session (sqlite3.Connection)` helps; `cannot pickle 'X' object` does not.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from nbprism.runner.artifacts import movable
from nbprism.runner.artifacts.movable import Unmovable
from nbprism.runner.artifacts.pickler import ArtifactPickler

MAX_DEPTH: Final = 8
MAX_CHILDREN: Final = 200
MAX_SECONDS: Final = 2.0


def find(name: str, value: Any, home: dict[str, Any]) -> tuple[str, type[Any]]:
    """Return the path of the deepest part that fails on its own, and its type."""
    deadline = time.monotonic() + MAX_SECONDS
    path, part = name, value
    for _ in range(MAX_DEPTH):
        for step, child in _children(part):
            if time.monotonic() > deadline:
                return path, type(part)
            if not _moves(child, home):
                path, part = path + step, child
                break
        else:
            break
    return path, type(part)


def blamed(name: str, value: Any, home: dict[str, Any], error: Exception) -> tuple[str, str]:
    """Return what of a value cannot be moved, as pickling it raised `error`, and what to do."""
    return said_of(*find(name, value, home), error)


def said_of(path: str, kind: type[Any], error: Exception) -> tuple[str, str]:
    """Return the same of the part at `path`, which is of that type."""
    why = error.advice if isinstance(error, Unmovable) else movable.advice_for(kind)
    return f"{path} ({movable.type_name(kind)})", why


def _moves(value: Any, home: dict[str, Any]) -> bool:
    if movable.refused(type(value)) is not None:
        return False
    try:
        ArtifactPickler(_Nowhere(), home).dump(value)
    except Exception:
        return False
    return True


class _Nowhere(io.RawIOBase):
    def write(self, data: Any, /) -> int:
        return memoryview(data).nbytes


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if movable.refused(type(value)) is not None:
        return
    yield from islice(_all_children(value), MAX_CHILDREN)


def _all_children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", child) for key, child in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"[{index}]", child) for index, child in enumerate(value))
    yield from ((f".{key}", child) for key, child in getattr(value, "__dict__", {}).items())
    yield from _captured(value)


def _captured(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a function closes over."""
    names = getattr(getattr(value, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, getattr(value, "__closure__", None) or (), strict=False):
        try:
            yield f".<closure>.{name}", cell.cell_contents
        except ValueError:  # not assigned yet
            continue
