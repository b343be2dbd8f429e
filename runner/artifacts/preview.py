"""What people see of a value before they load it: a line, some text, a table, a picture.

Made where the value is, of the copy that was read back, so that looking cannot change the user's
own. Nothing is imported to look at a value: its library is loaded already, or it is not of that
library. Data only: no HTML, which would be the user's code in somebody else's browser.
"""

from __future__ import annotations

import contextlib
import re
import reprlib
import sys
import threading
from collections.abc import Callable, Sized
from typing import Any, Final

from nbprism.runner.artifacts import picture, table

MAX_LINE: Final = 200
MAX_HEAD: Final = 2_000
MAX_SECONDS: Final = 0.5
"""How long the code of a value's class may take to describe it."""
ROWS: Final = 5
COLUMNS: Final = 12

_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
_PLAIN: Final = frozenset({bool, int, float, complex, str, bytes, type(None)})
_short: Final = reprlib.Repr()
_short.maxstring = _short.maxother = 120


def of(value: Any) -> dict[str, Any]:
    """Return what a manifest's entry says about a value's looks.

    `preview` is a line, `head` some lines of text; where they make sense, `shape`, `dtype`,
    `table` (columns and first rows) and `image` (a small PNG in base64).
    """
    if type(value) in _PLAIN:
        return _look(value)
    # In a thread that can be left behind: `__repr__` is anybody's code, and may never return.
    return _within(MAX_SECONDS, lambda: _look(value)) or {"preview": "", "head": ""}


def line_of(value: Any) -> str:
    """Return what a value is, in a few words: `100 rows x 3 columns`; empty if it cannot say."""
    if type(value) in _PLAIN:
        return _short_line(value)
    found = _within(MAX_SECONDS, lambda: {"preview": _short_line(value)})
    return str(found.get("preview", ""))


def _short_line(value: Any) -> str:
    return str(_tried(_line, value, ""))[:MAX_LINE]


def _look(value: Any) -> dict[str, Any]:
    found = {
        "preview": _short_line(value),
        "head": _tried(_head, value, "")[:MAX_HEAD],
        "shape": _tried(_shape, value, None),
        "dtype": _tried(_dtype, value, None),
        "table": _tried(table.of, value, None),
        "image": _tried(picture.of, value, None),
    }
    return {key: part for key, part in found.items() if part is not None}


def _tried(look: Callable[[Any], Any], value: Any, otherwise: Any) -> Any:
    try:
        return look(value)
    except Exception:  # a `__len__` or `__repr__` of the user's must not fail a step
        return otherwise


def _within(seconds: float, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def run() -> None:
        with contextlib.suppress(BaseException):  # a `__repr__` may raise `SystemExit`
            found.update(look())

    thread = threading.Thread(target=run, name="nbprism-preview", daemon=True)
    thread.start()
    thread.join(seconds)
    return {} if thread.is_alive() else found


def _line(value: Any) -> str:
    if _is(value, "pandas", "DataFrame") or _is(value, "polars", "DataFrame"):
        return f"{value.shape[0]} rows x {value.shape[1]} columns"
    if _is(value, "pyarrow", "Table"):
        return f"{value.num_rows} rows x {value.num_columns} columns"
    if _is(value, "pandas", "Series"):
        return f"{len(value)} values, {value.dtype}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape and hasattr(value, "dtype"):
        return f"{' x '.join(map(str, shape))}, {value.dtype}"
    if isinstance(value, (str, int, float, bool, type(None))) or not isinstance(value, Sized):
        return _text(value).replace("\n", " ")
    return f"{len(value)} items"


def _head(value: Any) -> str:
    if _is(value, "pandas", "DataFrame"):
        return str(value.iloc[:ROWS, :COLUMNS].to_string())
    if _is(value, "pandas", "Series"):
        return str(value.iloc[:ROWS].to_string())
    if _is(value, "polars", "DataFrame") or _is(value, "polars", "Series"):
        return str(value.head(ROWS))
    if _is(value, "numpy", "ndarray"):
        numpy = sys.modules["numpy"]
        return str(numpy.array2string(value, threshold=40, edgeitems=3))
    return _text(value)


def _shape(value: Any) -> list[int] | None:
    shape = getattr(value, "shape", None)
    return [int(size) for size in shape] if isinstance(shape, tuple) and shape else None


def _dtype(value: Any) -> str | None:
    dtype = getattr(value, "dtype", None)
    return None if dtype is None or callable(dtype) else str(dtype)[:MAX_LINE]


def _text(value: Any) -> str:
    # Without addresses: the same value has the same preview in every process.
    return _ADDRESS.sub("", _short.repr(value))


def _is(value: Any, module: str, kind: str) -> bool:
    loaded = sys.modules.get(module)
    of = getattr(loaded, kind, None)
    return of is not None and isinstance(value, of)
