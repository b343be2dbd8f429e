"""A value as a line of text, and its first rows, for the panel. Made where the value is.

Nothing is imported to look at a value: its library is loaded already, or it is not of that library.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Sized
from typing import Any, Final

MAX_LINE: Final = 200
MAX_HEAD: Final = 2_000
ROWS: Final = 5
COLUMNS: Final = 12

_short: Final = reprlib.Repr()
_short.maxstring = _short.maxother = 120


def line(value: Any) -> str:
    """Return what the value is, in a few words: `100 rows x 3 columns`."""
    try:
        return _line(value)[:MAX_LINE]
    except Exception:  # a `__len__` or `__repr__` of the user's must not fail a step
        return ""


def head(value: Any) -> str:
    """Return the value's first rows or its `repr`, a few lines of plain text."""
    try:
        return _head(value)[:MAX_HEAD]
    except Exception:  # as above
        return ""


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
        return _short.repr(value).replace("\n", " ")
    return f"{len(value)} items"


def _head(value: Any) -> str:
    if _is(value, "pandas", "DataFrame"):
        return str(value.iloc[:ROWS, :COLUMNS].to_string())
    if _is(value, "pandas", "Series"):
        return str(value.iloc[:ROWS].to_string())
    if _is(value, "numpy", "ndarray"):
        numpy = sys.modules["numpy"]
        return str(numpy.array2string(value, threshold=40, edgeitems=3))
    return _short.repr(value)


def _is(value: Any, module: str, kind: str) -> bool:
    loaded = sys.modules.get(module)
    of = getattr(loaded, kind, None)
    return of is not None and isinstance(value, of)
