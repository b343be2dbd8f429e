"""Streams in memory: whoever is handed one reads on from it or writes into it."""

from __future__ import annotations

from nbprism.compiler.walk.heap import Value
from nbprism.compiler.walk.machine import Machine

_STREAMS = frozenset({"io.StringIO", "io.BytesIO"})


def given(machine: Machine, value: Value) -> None:
    """Note that code nobody can see was handed the values."""
    machine.change(frozenset(obj for obj in value if obj.path in _STREAMS))
