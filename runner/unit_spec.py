"""What a unit is told: all it needs to know, as plain values. Cheap to import, for the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class UnitSpec:
    """Everything a unit needs; plain values, so that it crosses to any process."""

    store: str
    run: str
    step: str
    attempt: int
    notebook: dict[str, Any]
    cwd: str
    sources: tuple[str, ...] = ()
    """Steps whose values it loads."""
    env_vars: Mapping[str, str] = field(default_factory=dict)
    item: int | None = None
    """Which item of its list it computes, if the step runs once for each."""
    timeout_s: float | None = None
    interrupt_grace_s: float = 10.0
    max_output_bytes: int = 10_000_000
