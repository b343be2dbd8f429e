"""Find the inputs that a step changed in place though nobody foresaw it.

Never a false alarm, since it would run other steps again, and never a time that is felt: the bulk
of a value lies in a private mapping of its archive, and the operating system knows whether a page
of that was written to; only the rest is pickled again and compared. What differs in bytes is
compared once more with a fresh copy, both in a form that leaves caches and memory layout out.

Not found: a change within more than `MAX_STREAM` of small objects, or within objects of libraries
that are not known to stay the same when they are only read.
"""

from __future__ import annotations

import ctypes
import functools
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbprism.runner import layout
from nbprism.runner.artifacts import archive, pages
from nbprism.runner.artifacts.pickler import ArtifactPickler, Sink
from nbprism.runner.artifacts.sharing import is_constant

MAX_STREAM: Final = 8 << 20
"""Pickled small objects of all inputs together: more would take too long to pickle again."""
MAX_COMPARED: Final = 256 << 20
"""Bytes that are compared where the operating system does not say what was written."""

_BLOCK: Final = 8 << 20
_STAYING: Final = sys.stdlib_module_names | {
    "__main__", "nbprism", "numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn", "torch",
}  # fmt: skip
"""Packages whose objects stay the same when they are only read, as the user's own do. A figure that
is drawn does not."""


def changed(store: Path, entries: Mapping[str, Any], namespace: dict[str, Any]) -> list[str]:
    """Return the names whose values are not what was loaded from these manifest entries."""
    found, pickled = [], 0
    for name, entry in entries.items():
        if "archive" not in entry or name not in namespace or is_constant(namespace[name]):
            continue
        try:
            comparison = _Comparison(layout.archive(store, entry["archive"]), namespace)
            pickled += comparison.stream_size
            if pickled < MAX_STREAM and comparison.differs(namespace[name], entry["slot"]):
                found.append(name)
        except Exception:  # noqa: S112 - it cannot be pickled any more: then nothing can be said
            continue
    return found


class _Form(NamedTuple):
    """A value as bytes."""

    stream: bytes
    buffers: list[memoryview]
    known: bool
    """Whether everything in it is known to stay the same when it is only read."""


class _Comparison:
    """One value against the archive it was loaded from."""

    def __init__(self, path: Path, namespace: dict[str, Any]) -> None:
        self._path = path
        self._namespace = namespace
        self._opened = archive.Opened(path)
        self._compared = 0

    @property
    def stream_size(self) -> int:
        return len(self._opened.stream)

    def differs(self, value: Any, slot: int) -> bool:
        if self._is_as_written(value, self._opened):
            return False
        # Into a copy: functions that are loaded bring globals along.
        fresh = self._opened.values(dict(self._namespace))[slot]
        return self._differ(fresh, value)

    def _is_as_written(self, value: Any, opened: archive.Opened) -> bool:
        now = _form(ArtifactPickler, [value], self._namespace)
        if now.stream != opened.stream or len(now.buffers) != len(opened.buffers):
            return False
        places = (place for place, _ in opened.places)
        return all(map(self._same, now.buffers, opened.buffers, places))

    def _differ(self, fresh: Any, value: Any) -> bool:
        before = _form(_ContentPickler, fresh, self._namespace)
        after = _form(_ContentPickler, value, self._namespace)
        if not (before.known and after.known):
            return False
        if before.stream != after.stream or len(before.buffers) != len(after.buffers):
            return True
        return not all(map(self._same, after.buffers, before.buffers))

    def _same(self, now: memoryview, original: memoryview, place: int | None = None) -> bool:
        """Return whether a buffer still has the bytes it had."""
        if now.nbytes != original.nbytes:
            return False
        start = _start(now)
        mapping = archive.mappings.get(self._path)
        if place is None or mapping is None or pages.address(mapping) + place != start:
            return self._equal(now, original)
        parts = pages.written(start, now.nbytes)
        if parts is None:
            return self._equal(now, original)
        return all(
            self._equal(now[low - start : high - start], original[low - start : high - start])
            for low, high in parts
        )

    def _equal(self, now: memoryview, original: memoryview) -> bool:
        self._compared += now.nbytes
        if self._compared > MAX_COMPARED:
            return True
        return all(
            bytes(now[at : at + _BLOCK]) == bytes(original[at : at + _BLOCK])
            for at in range(0, now.nbytes, _BLOCK)
        )


class _ContentPickler(ArtifactPickler):
    """Writes what a value holds, without caches and without how it lies in memory."""

    def __init__(self, sink: Sink, home: dict[str, Any]) -> None:
        super().__init__(sink, home)
        self.known = True
        self._pandas = sys.modules.get("pandas")
        self._texts: dict[str | bytes, str | bytes] = {}

    def persistent_id(self, obj: Any) -> Any:
        """Return one object for all equal texts.

        Which of them are one object depends on what Python had interned when they were loaded.
        """
        return self._texts.setdefault(obj, obj) if type(obj) in {str, bytes} else None

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        self.known &= _stays(kind.__module__.partition(".")[0])
        if self._pandas is not None and isinstance(obj, self._pandas.DataFrame):
            columns = [obj.iloc[:, number]._values for number in range(obj.shape[1])]
            return list, ([kind.__qualname__, obj.columns, obj.index, obj.attrs, columns],)
        if self._pandas is not None and isinstance(obj, self._pandas.Series):
            return list, ([kind.__qualname__, obj.name, obj.index, obj.attrs, obj._values],)
        reduced = super().reducer_override(obj)
        if reduced is NotImplemented and (cached := _cached(obj)):
            make, args, state, *more = obj.__reduce_ex__(5)
            if isinstance(state, dict):
                state = {name: value for name, value in state.items() if name not in cached}
            return make, args, state, *more
        return reduced


@functools.cache
def _stays(package: str) -> bool:
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    return package in _STAYING or not ("site-packages" in file or "dist-packages" in file)


def _cached(obj: Any) -> set[str]:
    """Return the attributes that are only results of `functools.cached_property`."""
    return {
        name
        for name in getattr(obj, "__dict__", ())
        if isinstance(getattr(type(obj), name, None), functools.cached_property)
    }


def _form(kind: type[ArtifactPickler], value: Any, namespace: dict[str, Any]) -> _Form:
    sink = io.BytesIO()
    pickler = kind(sink, namespace)
    pickler.dump(value)
    buffers = [buffer.raw() for buffer in pickler.buffers]
    return _Form(sink.getvalue(), buffers, getattr(pickler, "known", True))


def _start(buffer: memoryview) -> int:
    """Return the address of a buffer's first byte, -1 if it cannot be told."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    except TypeError:  # read only
        numpy = sys.modules.get("numpy")
        if numpy is None:
            return -1
        found: int = numpy.frombuffer(buffer, numpy.uint8).__array_interface__["data"][0]
        return found
