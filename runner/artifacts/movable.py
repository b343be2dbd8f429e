"""Which types cannot be moved to another process, and what to do instead.

Two kinds: those that pickle refuses anyway (the advice is what is added), and those that pickle
accepts and silently turns into something else, such as an open text file.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import mmap
import queue
import re
import socket
import subprocess
import tempfile
import threading
import types
import weakref
from typing import Any, Final

_MAKE_IT_THERE: Final = "create it in the step that uses it, or in a cell tagged `imports`"

_ADVICE: Final[tuple[tuple[tuple[Any, ...], str], ...]] = (
    (
        (io.IOBase, tempfile._TemporaryFileWrapper),
        "pass the path on and open the file in the step that reads it",
    ),
    ((tempfile.TemporaryDirectory,), "it is deleted with the step; write to a folder that stays"),
    ((memoryview, mmap.mmap), "pass `bytes(...)` or the array it looks at"),
    (
        (types.GeneratorType, types.AsyncGeneratorType),
        "pass `list(...)`, or define the function in its own cell and call it where it is used",
    ),
    ((types.CoroutineType, asyncio.Future), "await it and pass the result on"),
    ((threading.Thread,), "wait for it in the step that starts it and pass the result on"),
    (
        (type(threading.Lock()), type(threading.RLock()), threading.Event, threading.Condition,
         threading.Semaphore, threading.Barrier, threading.local, queue.SimpleQueue),
        f"steps run in processes of their own, so it would guard nothing; {_MAKE_IT_THERE}",
    ),
    ((socket.socket,), f"pass the address on; {_MAKE_IT_THERE}"),
    ((subprocess.Popen,), "wait for it in the step that starts it and pass its output on"),
    ((weakref.ReferenceType, weakref.ProxyType), "pass the object itself"),
    ((types.FrameType, types.TracebackType), "pass `traceback.format_exc()`"),
    ((re.Match,), "pass `match.groupdict()` or `match.groups()`"),
    ((contextvars.ContextVar, contextvars.Context), _MAKE_IT_THERE),
)  # fmt: skip

_MOVABLE: Final = (io.StringIO, io.BytesIO)
_BY_NAME: Final[dict[tuple[str, str], str]] = {
    ("sqlite3", "Connection"): f"pass the path of the database on; {_MAKE_IT_THERE}",
    ("sqlite3", "Cursor"): "pass `cursor.fetchall()`",
    ("_ssl", "_SSLContext"): _MAKE_IT_THERE,
    ("ssl", "SSLContext"): _MAKE_IT_THERE,
    ("sqlalchemy.engine.base", "Engine"): f"pass the URL on; {_MAKE_IT_THERE}",
    ("sqlalchemy.engine.base", "Connection"): f"pass the URL on; {_MAKE_IT_THERE}",
    ("ipywidgets.widgets.widget", "Widget"): "it lives in the kernel that displays it; pass its "
    "`value` on",
    ("pandas.io.parsers.readers", "TextFileReader"): "read the chunks where they are used",
    ("pyspark.sql.session", "SparkSession"): _MAKE_IT_THERE,
    ("multiprocessing.pool", "Pool"): _MAKE_IT_THERE,
    ("concurrent.futures.thread", "ThreadPoolExecutor"): _MAKE_IT_THERE,
    ("concurrent.futures.process", "ProcessPoolExecutor"): _MAKE_IT_THERE,
}
_DEFAULT: Final = f"{_MAKE_IT_THERE}, or pass on the plain data it was made from"


class Unmovable(Exception):
    """Raised while pickling, at a value that cannot be moved."""

    def __init__(self, kind: type[Any], advice: str) -> None:
        super().__init__(f"{type_name(kind)} cannot be moved to another process")
        self.kind = kind
        self.advice = advice


def refused(kind: type[Any]) -> str | None:
    """Return what to do instead of moving values of this type, or None if they may be moved."""
    try:
        return _known[kind]
    except KeyError:
        return _known.setdefault(kind, _find(kind))


_known: weakref.WeakKeyDictionary[type[Any], str | None] = weakref.WeakKeyDictionary()


def _find(kind: type[Any]) -> str | None:
    if issubclass(kind, _MOVABLE):
        return None
    for types_, advice in _ADVICE:
        if issubclass(kind, types_):
            return advice
    for base in kind.__mro__:
        if found := _BY_NAME.get((base.__module__, base.__qualname__)):
            return found
    return None


def advice_for(kind: type[Any]) -> str:
    """Return what to do about a value of a type that turned out not to be movable."""
    return refused(kind) or _DEFAULT


def sentence(what: str, why: str) -> str:
    """Return what people are told of a value that cannot be moved."""
    return f"{what} cannot be moved to another process. To fix it: {why}."


def type_name(kind: type[Any]) -> str:
    """Return the name people know a type by: `pandas.DataFrame`, `dict`, `Model`."""
    module = kind.__module__
    if module in {"builtins", "__main__"}:
        return kind.__qualname__
    package = module.partition(".")[0]
    return f"{package if package in _SHORT else module}.{kind.__qualname__}"


_SHORT: Final = frozenset({"pandas", "numpy", "polars", "pyarrow", "torch", "scipy"})
