"""The items of a list, saved one by one, so that each unit of a `foreach` loads only its own.

What Python can spell as a literal stands in the manifest itself; a list of names or numbers costs
no file for each.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts import parcel
from nbprism.runner.unit.items import LABEL, entry_of

Entry = dict[str, Any]
_LONGEST: Final = 2000


def itemise(
    store: Path, step: str, name: str, value: Any, limit: int, home: dict[str, Any]
) -> Entry:
    """Return what a manifest says about the items of a list, each of them saved."""
    if isinstance(value, (str, bytes, Mapping)) or not _has_items(value):
        return {"wrong": f"`{name}` is of type {type(value).__name__}, not a list"}
    count = len(value)
    if count > limit:
        return {"count": count}
    entries = [_entry(store, f"{step}.{name}", item, home) for item in value]
    return {"count": count, "entries": entries}


def item(store: Path, told: Mapping[str, Any], name: str, index: int, home: dict[str, Any]) -> Any:
    """Return one item of a list, from what the manifest of its step says.

    Raises:
        ItemsInvalid: the list has no such item.
    """
    return _value(store, entry_of(told, name, index), home)


def _has_items(value: Any) -> bool:
    try:
        return len(value) >= 0 and iter(value) is not None
    except TypeError:
        return False


def _entry(store: Path, owner: str, value: Any, home: dict[str, Any]) -> Entry:
    text = repr(value) if _is_plain(value) else ""
    if text and len(text) <= _LONGEST:
        return {"literal": text, "type": type(value).__name__, "preview": text[:LABEL]}
    # Without its number: an item that only moves up or down the list is still the same.
    return parcel.pack(store, owner, {"item": value}, home)["item"]


def _is_plain(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(_is_plain(key) and _is_plain(inner) for key, inner in value.items())
    finite = type(value) is not float or value - value == 0
    return value is None or (type(value) in (str, int, float, bool, bytes) and finite)


def _value(store: Path, entry: Entry, home: dict[str, Any]) -> Any:
    if "literal" in entry:
        return ast.literal_eval(entry["literal"])
    return parcel.unpack(store, {"item": entry}, home).get("item")
