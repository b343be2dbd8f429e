"""The facts a run's log is made of, and their JSON.

One frozen class per kind, past tense, numbered by `seq` from 1. Events are never edited; a new
field has a default, so that an old log still loads. Times are fields: nothing here reads a clock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from nbprism.runner.errors import LogUnreadable

SCHEMA: Final = 1
"""Version of the log's form; written in its first event."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt or a run did not succeed, for people and for the panel."""

    code: str
    """Stable kebab-case name: `cell-failed`, `kernel-died`, `worker-died`, ..."""
    ename: str = ""
    evalue: str = ""
    traceback: tuple[str, ...] = field(default=(), repr=False)
    cell: str | None = None
    line: int | None = None
    hint: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Failure:
        known = {item.name: data[item.name] for item in _fields(cls) if item.name in data}
        known["traceback"] = tuple(known.get("traceback") or ())
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return {item.name: _plain(getattr(self, item.name)) for item in _fields(type(self))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has: its number and when it was recorded (epoch seconds)."""

    kind: ClassVar[str] = ""
    seq: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAccepted(Event):
    """A plan was taken into the store; the first event of every log."""

    kind = "run-accepted"
    run: str
    pipeline: str
    notebook: str
    steps: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cluster: str = "local"
    cache: bool = True
    from_step: str | None = None
    only_step: str | None = None
    resumes: str | None = None
    sweep: str | None = None
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStarting(Event):
    """The driver began to look for, or start, its cluster."""

    kind = "cluster-starting"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterJoined(Event):
    """The driver is connected to a cluster of this size."""

    kind = "cluster-joined"
    cpus: float
    gpus: float
    memory: int
    started: bool
    """False if a warm cluster was there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """Steps are being handed out from now on."""

    kind = "run-started"
    driver_pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvent(Event):
    """An event of one attempt of one step."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepQueued(StepEvent):
    """All that the step needs is there; it waits for its resources."""

    kind = "step-queued"
    because: str | None = None
    """Why it runs instead of being reused, for people."""
    takes: Mapping[str, str] = field(default_factory=dict)
    """Inputs that it takes from a step that changed them in place, unforeseen, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExpanded(StepEvent):
    """The step runs once for each item of a list; its units are steps `STEP[0]`, `STEP[1]`, ..."""

    kind = "step-expanded"
    items: int
    labels: tuple[str, ...] = ()
    """A short text for each item."""
    takes: Mapping[str, str] = field(default_factory=dict)
    """As in `StepQueued`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(StepEvent):
    """The unit's process is at work."""

    kind = "step-started"
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellStarted(StepEvent):
    """A cell of the step began to execute."""

    kind = "cell-started"
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOutput(StepEvent):
    """A cell wrote something; `ops` are applied to its outputs in order."""

    kind = "cell-output"
    cell: str
    ops: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEnded(StepEvent):
    """A cell is done, well or not."""

    kind = "cell-ended"
    cell: str
    ok: bool
    execution_count: int | None = None
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSucceeded(StepEvent):
    """The step's outputs are published."""

    kind = "step-succeeded"
    duration_s: float
    outputs: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReused(Event):
    """Nothing about the step has changed, so what an earlier run made of it stands for it."""

    kind = "step-reused"
    step: str
    from_run: str
    saved_s: float
    """What it took to compute it then."""
    outputs: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)
    """As in `step-queued`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed(StepEvent):
    """The user's code raised."""

    kind = "step-failed"
    duration_s: float
    error: Failure
    will_retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCrashed(StepEvent):
    """The ground gave way: kernel, worker, memory or node."""

    kind = "step-crashed"
    duration_s: float
    error: Failure
    will_retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped(Event):
    """The step will not run in this run, and why."""

    kind = "step-skipped"
    step: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCancelled(StepEvent):
    """The step was stopped, or never begun, because someone cancelled it or the run."""

    kind = "step-cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCancelling(Event):
    """Someone asked this step alone to stop; it runs until `step-cancelled`."""

    kind = "step-cancelling"
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutdated(StepEvent):
    """What the attempt computes will not count; it is being stopped."""

    kind = "step-outdated"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWithdrawn(StepEvent):
    """What the step gave, or was computing, does not count any more; it waits to run again."""

    kind = "step-withdrawn"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricReported(Event):
    """A step gave the run a number, a text or a truth value under a name."""

    kind = "metric-reported"
    step: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChanged(Event):
    """A step changed an input in place, unforeseen; steps further down take the changed one."""

    kind = "input-changed"
    step: str
    name: str
    takers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelling(Event):
    """Someone asked the run to stop; nothing new starts from here on."""

    kind = "run-cancelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The last event of a log."""

    duration_s: float
    metrics: Mapping[str, Any] = field(default_factory=dict)
    executed: str | None = None
    """Path of the whole executed notebook, if one could be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSucceeded(RunEnded):
    """Every step did what it had to."""

    kind = "run-succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(RunEnded):
    """A step, or the cluster, did not do its work."""

    kind = "run-failed"
    step: str | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled(RunEnded):
    """The run was stopped, and nothing of it is running any more."""

    kind = "run-cancelled"


KINDS: Final[Mapping[str, type[Event]]] = {
    event.kind: event
    for event in (
        RunAccepted, ClusterStarting, ClusterJoined, RunStarted, StepQueued, StepExpanded,
        StepStarted, CellStarted, CellOutput, CellEnded, StepSucceeded, StepReused, StepFailed,
        StepCrashed, StepSkipped, StepCancelling, StepCancelled, StepOutdated, StepWithdrawn,
        MetricReported, InputChanged, RunCancelling, RunSucceeded, RunFailed, RunCancelled,
    )
}  # fmt: skip
"""Every kind that may stand in a log."""

CHATTER: Final = frozenset({CellStarted.kind, CellOutput.kind, CellEnded.kind})
"""Kinds that tell of progress and change no step's state."""

RETOLD: Final = CHATTER | {StepReused.kind, MetricReported.kind}
"""Kinds that are lost with the run if the machine loses its power, and then cost nothing to have
again: they need not reach the disk before the run goes on."""

TERMINAL: Final = frozenset({RunSucceeded.kind, RunFailed.kind, RunCancelled.kind})
"""Kinds that end a log."""


def to_json(event: Event) -> dict[str, Any]:
    """Return the event as one JSON object; `seq`, `at` and `kind` come first."""
    form: dict[str, Any] = {"seq": event.seq, "at": event.at, "kind": event.kind}
    for item in _fields(type(event)):
        form[item.name] = _plain(getattr(event, item.name))
    return form


def from_json(data: Mapping[str, Any]) -> Event:
    """Return the event of a JSON object.

    Raises:
        LogUnreadable: the kind is unknown, or a field is missing.
    """
    event = KINDS.get(data.get("kind", ""))
    if event is None:
        raise LogUnreadable(
            f"The log has an event of kind '{data.get('kind')}', which this nbprism does not know. "
            "It was probably written by a newer version: upgrade nbprism to read it."
        )
    known = {item.name: data[item.name] for item in _fields(event) if item.name in data}
    try:
        made = event(**{name: _typed(name, value) for name, value in known.items()})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LogUnreadable(f"An event of kind '{event.kind}' is incomplete: {error}.") from error
    if not isinstance(data["seq"], int) or not isinstance(data["at"], int | float):
        raise LogUnreadable(f"An event of kind '{event.kind}' has no number or no time.")
    return made


def _typed(name: str, value: Any) -> Any:
    if name == "error" and value is not None:
        return Failure.from_json(value)
    return tuple(value) if isinstance(value, list) and name != "value" else value


def _plain(value: Any) -> Any:
    if isinstance(value, Failure):
        return value.to_json()
    return list(value) if isinstance(value, tuple) else value


def _fields(of: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(of)
