"""What a unit is told: all it needs to know, as plain values. Cheap to import, for the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

WATCHED: Final = "nbprism_widgets"
"""In the metadata of a unit's notebook: who submitted it wants to see its widgets move."""


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
    takes: Mapping[str, str] = field(default_factory=dict)
    """Inputs it takes as a step left them that changed them in place, unforeseen, by name."""
    env_vars: Mapping[str, str] = field(default_factory=dict)
    inherits: bool = True
    """Whether its kernel has the variables of the process that runs it, too.

    Not where `env_vars` are all that the user has: that process may be older than the run, and have
    variables that the user has removed since."""
    item: int | None = None
    """Which item of its list it computes, if the step runs once for each."""
    is_again: bool = False
    """Whether an attempt that may have published its outputs was withdrawn before."""
    timeout_s: float | None = None
    interrupt_grace_s: float = 10.0
    max_output_bytes: int = 10_000_000
