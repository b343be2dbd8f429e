"""The items of a list that a step runs once for each of (`foreach`), in manifests.

The step that makes the list says in its manifest what items it has. Afterwards the outputs of the
units are collected: for those who load it, an output of the step is the list of its units' values.
Manifests are read and made here; no value is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nbprism.runner.errors import ItemsInvalid
from nbprism.runner.unit.random_state import is_generator

Entry = dict[str, Any]
LABEL: Final = 40
"""Characters of an item that views show."""


def entry_of(told: Mapping[str, Any], name: str, index: int) -> Entry:
    """Return the manifest's entry of one item.

    Raises:
        ItemsInvalid: the list has no such item.
    """
    entries: Sequence[Entry] = told.get("items", {}).get(name, {}).get("entries", ())
    if not 0 <= index < len(entries):
        raise ItemsInvalid(
            f"`{name}` of step '{told.get('step')}' has no item {index}; it has {len(entries)}."
        )
    return entries[index]


def count_of(told: Mapping[str, Any], name: str) -> int:
    """Return how many items of a list were saved, 0 if it is none or has too many."""
    return len(told.get("items", {}).get(name, {}).get("entries", ()))


def labels_of(told: Mapping[str, Any], name: str, step: str, limit: int) -> tuple[str, ...]:
    """Return a short text for each item that `step` goes over.

    Raises:
        ItemsInvalid: it is not a list, or has more items than the step takes.
    """
    items = told.get("items", {}).get(name)
    if items is None:
        raise ItemsInvalid(f"Step '{told.get('step')}' did not say what items `{name}` has.")
    if "wrong" in items:
        raise ItemsInvalid(
            f"{items['wrong']}: step '{step}' runs once for each of its items. Make it a list in "
            f"step '{told.get('step')}', as in `{name} = list({name})`."
        )
    if items["count"] > limit:
        raise ItemsInvalid(
            f"`{name}` has {items['count']:,} items; step '{step}' takes at most {limit:,}. Raise "
            f"its setting `max_items` if that is meant, or let each item be a batch."
        )
    return tuple(str(entry.get("preview") or "")[:LABEL] for entry in items["entries"])


def collected(step: str, names: Sequence[str], units: Sequence[Entry | None]) -> Entry:
    """Return the manifest of a step from those of its units, in order; None for one that failed."""
    given = {name: [_given(unit, name) for unit in units] for name in names}
    return {
        "schema": 1,
        "step": step,
        "attempt": 1,
        "outputs": {
            # A generator goes on where the last item left it.
            name: (entries or [_nothing()])[-1] if is_generator(name) else _listed(entries)
            for name, entries in given.items()
        },
        "metrics": {},
        "usage": {},
        "items": {
            name: {"count": len(entries), "entries": entries} for name, entries in given.items()
        },
    }


def _given(unit: Entry | None, name: str) -> Entry:
    if unit is None:
        return _nothing()
    found: Entry = unit["outputs"][name]
    return found


def _nothing() -> Entry:
    return {"absent": True, "unsupported": "the unit did not succeed", "type": "absent"}


def _listed(entries: Sequence[Entry]) -> Entry:
    shown = ", ".join(str(entry.get("preview") or entry.get("type")) for entry in entries[:3])
    more = ", ..." if len(entries) > 3 else ""  # noqa: PLR2004
    return {
        "list": list(entries),
        "type": "list",
        "bytes": sum(entry.get("bytes") or 0 for entry in entries),
        "preview": f"list of {len(entries)}: [{shown}{more}]"[:200],
    }
