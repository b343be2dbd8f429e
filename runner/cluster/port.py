"""What a driver needs of a cluster: join it, run units on it, stop them.

Two implementations: `on_ray.py`, and `fake.py`, which runs units in threads and can be told to
fail in the ways a real cluster does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.events import Failure
from nbprism.runner.unit.spec import UnitSpec

Report = dict[str, Any]
ExecuteUnit = Callable[[UnitSpec], Iterator[list[Report]]]
"""Executes a unit where it is called, and yields batches of reports (`unit.execute_unit`)."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What a driver got: the size of the cluster, and whether it had to be started."""

    cpus: float
    gpus: float
    memory: int
    started: bool
    is_checked: bool = False
    """Whether it is known that every step can be placed there, or that more machines may come."""


class UnitGone(Exception):
    """The process of a unit ended without its last report; the failure says what is known."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class Cluster(Protocol):
    """A place where units run."""

    bucket: str | None
    """The address of what keeps results beyond the cluster, if anything does."""

    async def join(self) -> Joined:
        """Connect.

        Raises:
            ClusterError: it cannot be done.
        """

    def execute(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        """Run a unit with what its step asks for, and yield what it reports.

        Raises:
            UnitGone: its process ended without a last report.
        """

    async def stop(self, run: str, step: str, attempt: int) -> None:
        """End a unit: ask first, then use force. Its `execute` ends by itself."""

    def is_there(self) -> bool:
        """Return whether the cluster can still do anything."""

    def leave(self) -> None:
        """Disconnect; units of this driver that still run are killed."""
