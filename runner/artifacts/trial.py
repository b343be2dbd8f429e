"""Whether a value can be moved to another process, found out without moving it.

The judgement is the pickler's own: the value is pickled into nothing, but arrays of plain numbers
are only counted, and a large value is given up on before it costs anything. What was seen until
then could be moved.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from nbprism.runner.artifacts.limits import Limit, TooMuch
from nbprism.runner.artifacts.pickler import ArtifactPickler

MAX_STREAM: Final = 2_000_000
"""Bytes of pickle, arrays not among them, after which a value is given up on."""
MAX_SECONDS: Final = 0.2
MAX_OBJECTS: Final = 1_000
"""How many objects of an array of objects are looked at."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How it went."""

    error: Exception | None
    """Why the value cannot be moved; None if nothing speaks against it."""
    bytes: int
    """What would travel, as far as it was looked at."""
    whole: bool
    """Whether all of it was looked at."""


def tried(value: Any, home: dict[str, Any]) -> Trial:
    """Return whether `value`, of a notebook with these globals, can be moved, and how large it is.

    Nothing is consumed and nothing is kept; a class's own `__reduce__` or `__getstate__` is called.
    """
    scale = _Scale(Limit(MAX_STREAM, time.monotonic() + MAX_SECONDS))
    pickler = _Counting(scale, home)
    error: Exception | None = None
    whole = True
    try:
        pickler.dump(value)
    except TooMuch:
        whole = False
    except Exception as found:  # whatever the code of the value's class raises
        error = found
    buffers = sum(buffer.raw().nbytes for buffer in pickler.buffers)
    return Trial(error, scale.size + pickler.counted + buffers, whole and not pickler.is_partial)


class _Scale:
    """Weighs a pickle stream and throws it away."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self.size = 0

    def write(self, data: Any, /) -> int:
        size = memoryview(data).nbytes
        self.size += size
        self._limit.check(self.size)
        return size

    def check(self) -> None:
        self._limit.check(self.size)


class _Counting(ArtifactPickler):
    """Counts arrays instead of writing, or even copying, them."""

    def __init__(self, scale: _Scale, home: dict[str, Any]) -> None:
        super().__init__(scale, home)
        self._scale = scale
        self.counted = 0
        self.is_partial = False

    def reducer_override(self, obj: Any) -> Any:
        # A stream of small objects is written late, so the clock is looked at here as well.
        self._scale.check()
        if (size := _flat_bytes(obj)) is not None:
            self.counted += size
            return int, ()
        return super().reducer_override(obj)

    def _array(self, array: Any) -> Any:
        if array.dtype.kind != "O" or array.size <= MAX_OBJECTS:
            return NotImplemented
        self.is_partial = True
        self.counted += array.nbytes
        return list, (list(islice(array.flat, MAX_OBJECTS)),)


def _flat_bytes(value: Any) -> int | None:
    """Return the size of what is sure to move, as it is nothing but numbers and text."""
    kind = type(value)
    match kind.__module__.partition(".")[0], kind.__name__:
        case "numpy", "ndarray" if not value.dtype.hasobject:
            return int(value.nbytes)
        case ("torch", "Tensor" | "Parameter") | ("pyarrow", "Table" | "RecordBatch"):
            return int(value.nbytes)
        case "polars", "DataFrame" | "Series":
            return int(value.estimated_size())
    return None
