"""The first rows of a frame as plain JSON, for a table in the panel."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any, Final

from nbprism.runner import own_json

ROWS: Final = 5
COLUMNS: Final = 12
MAX_TEXT: Final = 80
MAX_BYTES: Final = 16_000
LARGEST_INT: Final = 2**53
"""Beyond it a browser's numbers are not exact."""

Cell = str | int | float | bool | None


def of(value: Any) -> dict[str, Any] | None:
    """Return `{"columns": [{"name", "dtype"}], "index": [...], "rows": [[...]]}`, None for others.

    At most `ROWS` and `COLUMNS` of them; the entry's `shape` says how many there are.
    """
    columns = list(_columns(value))
    if not columns:
        return None
    cells = [values for _, _, values in columns]
    found = {
        "columns": [{"name": _cell(name), "dtype": dtype} for name, dtype, _ in columns],
        "index": _index(value),
        "rows": [list(row) for row in zip(*cells, strict=True)],
    }
    return found if len(own_json.dumps(found)) <= MAX_BYTES else None


def _columns(value: Any) -> Iterator[tuple[Any, str, list[Cell]]]:
    package = type(value).__module__.partition(".")[0]
    library = sys.modules.get(package)
    if package == "pandas" and isinstance(value, library.DataFrame):  # type: ignore[union-attr]
        # By position: two columns may have one name.
        for number in range(min(COLUMNS, value.shape[1])):
            column = value.iloc[:ROWS, number]
            yield column.name, str(column.dtype), _cells(column.tolist())
    elif package == "polars" and isinstance(value, library.DataFrame):  # type: ignore[union-attr]
        for column in value.head(ROWS).get_columns()[:COLUMNS]:
            yield column.name, str(column.dtype), _cells(column.to_list())
    elif package == "pyarrow" and isinstance(value, library.Table):  # type: ignore[union-attr]
        part = value.slice(0, ROWS)
        for name, column in list(zip(part.column_names, part.columns, strict=True))[:COLUMNS]:
            yield name, str(column.type), _cells(column.to_pylist())


def _index(value: Any) -> list[Cell] | None:
    index = getattr(value, "index", None)
    return None if index is None or callable(index) else _cells(index[:ROWS].tolist())


def _cells(values: list[Any]) -> list[Cell]:
    return [_cell(value) for value in values]


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int and abs(value) < LARGEST_INT:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
