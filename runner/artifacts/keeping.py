"""Keep the values that a step leaves behind and no later step needs, for people to look at.

Best effort: the unit's end is what later steps wait for, so little is spent on it. What is not
kept has an entry that says why.
"""

from __future__ import annotations

import os
import time
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts import movable, parcel
from nbprism.runner.artifacts.limits import Limit, TooMuch
from nbprism.runner.artifacts.parcel import Entry

STEP_MB: Final = 64
"""Megabytes kept for a step unless `NBPRISM_KEEP_MB` says otherwise; 0 keeps nothing."""
VALUE_SHARE: Final = 0.25
"""The part of it that one value may take."""
SECONDS: Final = (0.05, 0.5)
"""The least and the most time that it may take."""
TIME_SHARE: Final = 0.05
"""Between these, the part of the step's own time."""

_CODE: Final = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def keep(
    store: Path, step: str, values: Mapping[str, Any], home: dict[str, Any], within_s: float
) -> dict[str, Entry]:
    """Put what can be kept on the shelf and return an entry for every value.

    Args:
        store: The store's folder.
        step: The step that leaves the values.
        values: By name; modules, functions and classes are left out.
        home: The notebook's globals.
        within_s: How long it may take.
    """
    keeping = _Keeping(store, step, home, within_s)
    # Small ones first: a large one must not take their time.
    order = sorted(_worth_keeping(values), key=lambda item: _size(item[1]))
    entries = {name: keeping.entry(name, value) for name, value in order}
    return {name: entries[name] for name in values if name in entries}


def time_for(took_s: float) -> float:
    """Return how long keeping may take after a step that took that long."""
    least, most = SECONDS
    return min(most, max(least, took_s * TIME_SHARE))


def _worth_keeping(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if not isinstance(value, _CODE):
            yield name, value


class _Keeping:
    """What may still be spent on one step."""

    def __init__(self, store: Path, step: str, home: dict[str, Any], within_s: float) -> None:
        self._store, self._step, self._home = store, step, home
        self._left = float(os.environ.get("NBPRISM_KEEP_MB") or STEP_MB) * 1e6
        self._most = self._left * VALUE_SHARE
        self._deadline = time.monotonic() + within_s

    def entry(self, name: str, value: Any) -> Entry:
        """Keep one value and return its entry, or one that says why it was not kept."""
        if time.monotonic() > self._deadline:
            return _not_kept(value, "keeping what the step left took too long already")
        limit = Limit(min(self._most, self._left), self._deadline)
        try:
            limit.check(_size(value))
            packed = parcel.pack(self._store, self._step, {name: value}, self._home, limit)[name]
        except TooMuch as error:
            return _not_kept(value, str(error))
        except Exception as error:  # best effort: it must not fail a step that did its work
            return _not_kept(value, f"{type(error).__name__}: {error}"[:500])
        self._left -= packed.get("bytes", 0)
        return packed


def _not_kept(value: Any, why: str) -> Entry:
    return {
        "unsupported": f"It was not kept: {why}. No later step needs it; to keep it, use it in "
        "one, or give the step more room with NBPRISM_KEEP_MB in its `env`.",
        "type": movable.type_name(type(value)),
    }


def _size(value: Any) -> int:
    """Return the bytes of an array, before anything of it is copied, or a container's length."""
    size = getattr(value, "nbytes", 0)
    if not isinstance(size, int) or not size:
        size = len(value) if isinstance(value, (str, bytes, list, tuple, dict, set)) else 0
    return size
