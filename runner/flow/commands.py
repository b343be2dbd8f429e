"""What the driver tells the state machine, and what the state machine tells the driver to do.

Commands carry the time they happened at; effects are orders. Neither does anything by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbprism.runner.events import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something that happened, or was asked for, at a time (epoch seconds)."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(Command):
    """The driver holds the run."""

    driver_pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReady(Command):
    """The driver is connected to the cluster."""

    cpus: float
    gpus: float
    memory: int
    started: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What an earlier run made of a step; it is in this run's folder already."""

    from_run: str
    saved_s: float
    outputs: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    """Inputs that it changed in place though nobody foresaw it."""
    cells: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...] = ()
    """Each of its cells with the operations that lead to what it showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp(Command):
    """Whether the step has to run is known: found, or why there is nothing to reuse."""

    step: str
    found: Found | None
    because: str
    withdrawals: int = 0
    """As in the order; an answer to an older one is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBroke(Command):
    """The run cannot go on: no cluster, or a fault in the driver itself."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """Someone wants the run to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelStep(Command):
    """Someone wants one step of the notebook to stop, and the others to go on."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsCounted(Command):
    """What a step goes over is known: a text for each item, or why there are none."""

    step: str
    labels: tuple[str, ...] = ()
    failure: Failure | None = None
    withdrawals: int = 0
    """As in the order; an answer to an older one is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected(Command):
    """The outputs of a step's units are published as its own."""

    step: str
    outputs: tuple[Mapping[str, Any], ...] = ()
    withdrawals: int = 0
    """As in the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped(Command):
    """The whole executed notebook is written, or could not be."""

    executed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCommand(Command):
    """Something that one attempt of one step reported, or that happened to it."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBegan(UnitCommand):
    """Its process is at work."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBegan(UnitCommand):
    """A cell started."""

    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellWrote(UnitCommand):
    """A cell gave output."""

    cell: str
    ops: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDone(UnitCommand):
    """A cell ended."""

    cell: str
    ok: bool
    execution_count: int | None
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSucceeded(UnitCommand):
    """Its outputs are published."""

    duration_s: float
    outputs: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    """Inputs that it changed in place though nobody foresaw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSkipped(UnitCommand):
    """Its own condition said that it shall not run."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFailed(UnitCommand):
    """It ended badly: `crashed` if the ground gave way, otherwise by the user's code."""

    failure: Failure
    crashed: bool
    duration_s: float | None = None
    """None if only its disappearance was seen."""
    damaged: tuple[str, ...] = ()
    """Steps whose values it could not load: their archives were damaged, or gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOverdue(UnitCommand):
    """It is past its time limit and did not end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue(UnitCommand):
    """The pause before this attempt is over."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An order to the driver."""


@dataclass(frozen=True, slots=True)
class JoinCluster(Effect):
    """Connect, and answer `ClusterReady` or `RunBroke`."""


@dataclass(frozen=True, slots=True)
class LookUp(Effect):
    """Find out whether the step was computed before from the same, and answer `LookedUp`."""

    step: str
    takes: Mapping[str, str] = field(default_factory=dict)
    """Inputs that it takes from a step that changed them in place, unforeseen, by name."""
    withdrawals: int = 0
    """How often what the step gave was withdrawn so far."""


@dataclass(frozen=True, slots=True)
class Withdraw(Effect):
    """Take back what the step has published in this run."""

    step: str


@dataclass(frozen=True, slots=True)
class CountItems(Effect):
    """Look what items the step goes over, and answer `ItemsCounted`."""

    step: str
    takes: Mapping[str, str] = field(default_factory=dict)
    """As in `LookUp`: the list may be one of them."""
    withdrawals: int = 0
    """How often what the step gave was withdrawn so far."""


@dataclass(frozen=True, slots=True)
class Collect(Effect):
    """Publish the outputs of the step's units as its own, and answer `Collected`."""

    step: str
    units: tuple[str | None, ...]
    """Its units in order; None for one that gave nothing."""
    withdrawals: int = 0
    """As in `CountItems`."""


@dataclass(frozen=True, slots=True)
class StartUnit(Effect):
    """Hand the attempt to the cluster and pass on what it reports."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class StopUnit(Effect):
    """End the attempt, with force if it does not listen; `UnitFailed` follows when it is gone."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class WatchTime(Effect):
    """Say `UnitOverdue` if the attempt is still there after so long."""

    step: str
    attempt: int
    after_s: float


@dataclass(frozen=True, slots=True)
class WaitToRetry(Effect):
    """Say `RetryDue` after the pause."""

    step: str
    attempt: int
    after_s: float


@dataclass(frozen=True, slots=True)
class WrapUp(Effect):
    """Write the whole executed notebook and answer `Wrapped`."""
