"""Lazy iterators over others: using up `islice(numbers, 3)` uses up part of `numbers`."""

from __future__ import annotations

from collections.abc import Iterable

from nbprism.compiler.walk.heap import EMPTY, Obj
from nbprism.compiler.walk.library.tables import VIEW


def used_up_with(value: Iterable[Obj]) -> set[Obj]:
    """Return the iterators that those of the value go over, however deep."""
    found: set[Obj] = set()
    pending = [obj for obj in value if obj.kind == "iterator"]
    while pending:
        for source in pending.pop().fields.get("source", EMPTY):
            used_up = source.kind in ("iterator", "handle") and source.path != VIEW
            if used_up and source not in found:
                found.add(source)
                pending.append(source)
    return found
