"""What a user may ask for a step: resources, retries, limits, order.

Kept in `notebook.metadata.nbprism.steps.NAME`, one place per step. Memory is in bytes here,
whatever unit the notebook used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StepSettings:
    """The checked settings of one step; defaults ask for one CPU and nothing else."""

    after: tuple[str, ...] = ()
    cpus: float = 1.0
    gpus: float = 0.0
    """A fraction below 1 shares a device; above 1 it must be whole."""
    memory: int | None = None
    """Bytes reserved for the step, or None for no reservation."""
    accelerator_type: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    retries: int = 0
    retry_delay_s: float = 0.0
    timeout_s: float | None = None
    allow_failure: bool = False
    env_vars: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "after": list(self.after),
            "cpus": self.cpus,
            "gpus": self.gpus,
            "memory": self.memory,
            "accelerator_type": self.accelerator_type,
            "resources": dict(self.resources),
            "retries": self.retries,
            "retry_delay_s": self.retry_delay_s,
            "timeout_s": self.timeout_s,
            "allow_failure": self.allow_failure,
            "env": {"env_vars": dict(self.env_vars)},
        }
