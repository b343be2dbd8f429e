"""What of this kernel's values lies in a store already, having been sent there or come from there.

An array can be changed in place and nothing tells, so a value that was sent is compared with what
the store has before it is sent again. Only of what came from the store, and lies in a mapping of
it, does the operating system know that it was not changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from nbprism.runner.artifacts.parcel import Entry


class Known:
    """The entries that a store has of objects of this kernel."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, Entry]] = {}

    def note(self, values: Mapping[str, Any], entries: Mapping[str, Entry]) -> None:
        """Remember where the values are."""
        # The `id` only tells what is worth comparing; that it may be used again does no harm.
        self._entries |= {name: (id(values[name]), entries[name]) for name in values}

    def of(self, values: Mapping[str, Any]) -> dict[str, Entry]:
        """Return the entries of those values that are the same objects as then."""
        found = {name: self._entries.get(name, (0, {})) for name in values}
        return {name: entry for name, (seen, entry) in found.items() if seen == id(values[name])}


@cache
def known_in(store: Path) -> Known:
    """Return what is known of a store, the same for as long as this kernel lives."""
    return Known()
