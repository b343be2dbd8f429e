"""The state of a run, and how each event changes it.

No I/O and no clock: `fold(state, event)` is all there is. What to do next is decided in
`decide.py`. A pair of state and event that the tables do not list is a bug, and the error that
says so carries the story of the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias, get_args

from nbprism.runner import events as ev
from nbprism.runner.errors import InvalidTransition
from nbprism.runner.flow.children import child_name, index_of, parent_of
from nbprism.runner.flow.rules import Rules
from nbprism.runner.flow.steps import Steps

StepPhase = Literal[
    "waiting", "queued", "running", "succeeded", "reused", "skipped", "failed", "crashed",
    "cancelled", "lost",
]  # fmt: skip
ClusterPhase = Literal["unneeded", "starting", "joined"]
RunPhase = Literal["accepted", "running", "cancelling", "succeeded", "failed", "cancelled", "lost"]

ENDED_STEPS: Final[frozenset[StepPhase]] = frozenset(
    {"succeeded", "reused", "skipped", "failed", "crashed", "cancelled", "lost"}
)
ENDED_RUNS: Final[frozenset[RunPhase]] = frozenset({"succeeded", "failed", "cancelled", "lost"})

STEP_MOVES: Final[Mapping[tuple[StepPhase, str], StepPhase]] = {
    ("waiting", "step-queued"): "queued",
    ("waiting", "step-reused"): "reused",
    ("waiting", "step-expanded"): "running",
    ("waiting", "step-skipped"): "skipped",
    ("waiting", "step-cancelled"): "cancelled",
    ("queued", "step-started"): "running",
    ("queued", "step-skipped"): "skipped",
    ("queued", "step-failed"): "failed",
    ("queued", "step-crashed"): "crashed",
    ("queued", "step-cancelled"): "cancelled",
    ("running", "step-succeeded"): "succeeded",
    ("running", "step-skipped"): "skipped",
    ("running", "step-failed"): "failed",
    ("running", "step-crashed"): "crashed",
    ("running", "step-cancelled"): "cancelled",
    **dict.fromkeys(
        [
            (phase, "step-withdrawn")
            for phase in (
                "waiting", "queued", "running", "succeeded", "reused", "skipped", "failed",
                "crashed",
            )
        ],
        "waiting",
    ),
}  # fmt: skip
"""A step that will be tried again goes back to `waiting` instead."""

RUN_MOVES: Final[Mapping[tuple[RunPhase, str], RunPhase]] = {
    ("accepted", "run-started"): "running",
    ("accepted", "cluster-starting"): "accepted",
    ("accepted", "cluster-joined"): "accepted",
    ("running", "cluster-starting"): "running",
    ("running", "cluster-joined"): "running",
    ("accepted", "run-cancelling"): "cancelling",
    ("accepted", "run-failed"): "failed",
    ("running", "run-cancelling"): "cancelling",
    ("running", "run-succeeded"): "succeeded",
    ("running", "run-failed"): "failed",
    ("cancelling", "run-cancelled"): "cancelled",
}
"""Logs of the first version have the cluster joined before the run starts."""

CLUSTER_MOVES: Final[Mapping[str, ClusterPhase]] = {
    "cluster-starting": "starting",
    "cluster-joined": "joined",
}


@dataclass(frozen=True, slots=True)
class StepState:
    """One step, as far as the log tells."""

    phase: StepPhase = "waiting"
    attempt: int = 0
    """The latest attempt, from 1; 0 if there was none."""
    cell: str | None = None
    """The cell that is running."""
    queued_at: float | None = None
    started_at: float | None = None
    duration_s: float | None = None
    reason: str | None = None
    because: str | None = None
    """Why it had to run, instead of being reused."""
    from_run: str | None = None
    """The run it was taken from."""
    saved_s: float | None = None
    error: ev.Failure | None = None
    retry_pending: bool = False
    cancelling: bool = False
    """Whether it was asked to stop while the run goes on."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)
    """Inputs that it took from a step that changed them in place, unforeseen, by name."""
    changed: frozenset[str] = frozenset()
    """Inputs that it changed in place, unforeseen, and that later steps take."""
    suspected: frozenset[str] = frozenset()
    """Those that a withdrawn attempt of it changed: the next one may, too."""
    outdated: str | None = None
    """Why what the attempt computes will not count; it is being stopped."""
    withdrawals: int = 0
    spent: int = 0
    """The last attempt that was withdrawn; `retries` count from there."""
    units_spent: int = 0
    """The last attempt of any of its units that was withdrawn."""
    items: int | None = None
    """How many units it has, if it runs once for each item of a list."""
    items_ended: int = 0
    label: str = ""
    """What item it is of."""
    warnings: tuple[str, ...] = ()
    """What is not as the user may think although the step ended well."""
    story: tuple[tuple[int, str], ...] = ()
    """The `seq` and kind of each event that moved it."""

    @property
    def ended(self) -> bool:
        return self.phase in ENDED_STEPS


@dataclass(frozen=True, slots=True)
class RunState:
    """A run, as far as the log tells."""

    rules: Rules = field(default_factory=Rules)
    """Empty for a reader of logs; the driver gives the plan's."""
    accepted: ev.RunAccepted | None = None
    phase: RunPhase = "accepted"
    seq: int = 0
    cluster: ClusterPhase = "unneeded"
    steps: Steps[StepState] = field(default_factory=lambda: Steps({}))
    unended: int = 0
    """How many steps have not ended."""
    changers: tuple[str, ...] = ()
    """Steps that have changed an input in place, unforeseen."""
    last: ev.RunEnded | None = None
    """The event that ended it."""

    @property
    def ended(self) -> bool:
        return self.phase in ENDED_RUNS

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics of all steps; where two use one name, the later in the plan counts."""
        return {
            _metric(name, index_of(of)): value
            for of, step in self.steps.items()
            for name, value in step.metrics.items()
        }

    @property
    def steps_ended(self) -> bool:
        return self.unended == 0


_BEGINNINGS: Final = frozenset({"step-started", "step-expanded"})
OfStep: TypeAlias = (
    ev.StepEvent
    | ev.StepReused
    | ev.StepSkipped
    | ev.StepCancelling
    | ev.StepOutdated
    | ev.StepWithdrawn
    | ev.MetricReported
    | ev.InputChanged
)
_OF_STEPS: Final = get_args(OfStep)


def fold(state: RunState, event: ev.Event) -> RunState:
    """Return the state after the event; one that was folded before changes nothing.

    Raises:
        InvalidTransition: the tables do not allow this event here.
    """
    if event.seq <= state.seq:
        return state
    state = replace(state, seq=event.seq)
    if isinstance(event, ev.RunAccepted):
        steps = Steps({name: StepState() for name in event.steps})
        return replace(state, accepted=event, steps=steps, unended=len(steps))
    if isinstance(event, _OF_STEPS):
        return _with_step(state, event)
    return _with_run(state, event)


def _metric(name: str, index: int | None) -> str:
    """Return what a run calls a metric: `score`, or `score[3]` of the unit of one item."""
    return name if index is None else f"{name}[{index}]"


def _with_run(state: RunState, event: ev.Event) -> RunState:
    phase = RUN_MOVES.get((state.phase, event.kind))
    if phase is None or state.accepted is None:
        raise InvalidTransition(f"A run that is {state.phase} cannot take {event.kind}.")
    last = event if isinstance(event, ev.RunEnded) else state.last
    cluster = CLUSTER_MOVES.get(event.kind, state.cluster)
    return replace(state, phase=phase, last=last, cluster=cluster)


def _with_step(state: RunState, event: OfStep) -> RunState:
    before = state.steps.get(event.step)
    if before is None:
        raise InvalidTransition(f"The run has no step '{event.step}' to take {event.kind}.")
    after = _after(before, event)
    if after is before:
        return state
    if isinstance(event, ev.InputChanged):
        changers = dict.fromkeys((*state.changers, event.step))
        state = replace(state, changers=tuple(changers))
    unended = state.unended + before.ended - after.ended
    moved = replace(state, steps=state.steps.changed(event.step, after), unended=unended)
    if isinstance(event, ev.StepExpanded):
        return _expanded(moved, event)
    if isinstance(event, ev.StepWithdrawn) and before.items is not None:
        return _folded_up(moved, event.step, before.items)
    return _units_ended(moved, event.step, after.ended - before.ended)


def _after(step: StepState, event: OfStep) -> StepState:
    match event:
        case ev.MetricReported():
            return replace(step, metrics={**step.metrics, event.name: event.value})
        case ev.InputChanged():
            return _changed(step, event)
        case ev.StepCancelling() if not step.ended:
            return replace(step, cancelling=True)
        case ev.StepOutdated() if step.phase in {"queued", "running"}:
            return replace(step, outdated=event.reason)
        case ev.StepWithdrawn() if (step.phase, event.kind) in STEP_MOVES:
            return _withdrawn(step, event)
        case ev.CellStarted() | ev.CellOutput() | ev.CellEnded():
            return _cell_moved(step, event)
    return _moved(step, event)


def _expanded(state: RunState, event: ev.StepExpanded) -> RunState:
    """Every item becomes a step, after those of the notebook."""
    steps = state.steps
    whole = steps[event.step]
    for index in range(event.items):
        unit = StepState(
            label=event.labels[index] if index < len(event.labels) else "",
            # Where there were units before, theirs are not to be taken for those of these.
            attempt=whole.units_spent,
            spent=whole.units_spent,
            withdrawals=whole.withdrawals,
        )
        steps = steps.changed(child_name(event.step, index), unit)
    return replace(state, steps=steps, unended=state.unended + event.items)


def _folded_up(state: RunState, name: str, items: int) -> RunState:
    """The units of a step that was withdrawn are none any more: its items are counted anew."""
    units = {
        child_name(name, index): state.steps[child_name(name, index)] for index in range(items)
    }
    spent = max((unit.attempt for unit in units.values()), default=0)
    whole = replace(state.steps[name], units_spent=spent)
    unended = state.unended - sum(not unit.ended for unit in units.values())
    steps = state.steps.without(units).changed(name, whole)
    return replace(state, steps=steps, unended=unended)


def _units_ended(state: RunState, name: str, more: int) -> RunState:
    parent = parent_of(name)
    if parent is None or not more:
        return state
    step = state.steps[parent]
    step = replace(step, items_ended=step.items_ended + more)
    return replace(state, steps=state.steps.changed(parent, step))


def _cell_moved(step: StepState, event: OfStep) -> StepState:
    # Attempt 0 is another run's: what its cells showed is told before the step counts as reused.
    recalled = isinstance(event, ev.CellOutput) and event.attempt == 0
    if step.phase != ("waiting" if recalled else "running"):
        raise _refused(step, event)
    if isinstance(event, ev.CellStarted):
        return replace(step, cell=event.cell)
    return replace(step, cell=None) if isinstance(event, ev.CellEnded) else step


def _moved(step: StepState, event: OfStep) -> StepState:
    phase = STEP_MOVES.get((step.phase, event.kind))
    if phase is None:
        raise _refused(step, event)
    again = getattr(event, "will_retry", False)
    return replace(
        step,
        phase="waiting" if again else phase,
        attempt=getattr(event, "attempt", step.attempt),
        cell=None,
        queued_at=event.at if isinstance(event, ev.StepQueued) else step.queued_at,
        started_at=event.at if event.kind in _BEGINNINGS else step.started_at,
        items=event.items if isinstance(event, ev.StepExpanded) else step.items,
        duration_s=getattr(event, "duration_s", _elapsed(step, event)),
        reason=getattr(event, "reason", None),
        because=getattr(event, "because", step.because),
        from_run=getattr(event, "from_run", None),
        saved_s=getattr(event, "saved_s", None),
        error=getattr(event, "error", None),
        retry_pending=again,
        takes=getattr(event, "takes", step.takes),
        story=(*step.story, (event.seq, event.kind)),
    )


def _changed(step: StepState, event: ev.InputChanged) -> StepState:
    warnings = dict.fromkeys((*step.warnings, _warning(event)))
    return replace(step, warnings=tuple(warnings), changed=step.changed | {event.name})


def _withdrawn(step: StepState, event: ev.StepWithdrawn) -> StepState:
    """Return the step as if it had never begun, but for what has to be remembered."""
    return StepState(
        attempt=step.attempt,
        spent=step.attempt,
        withdrawals=step.withdrawals + 1,
        units_spent=step.units_spent,
        suspected=step.suspected | step.changed,
        label=step.label,
        story=(*step.story, (event.seq, event.kind)),
    )


def _elapsed(step: StepState, event: ev.Event) -> float | None:
    """Return how long a step that was stopped had been running."""
    if event.kind == "step-cancelled" and step.phase == "running" and step.started_at is not None:
        return max(0.0, event.at - step.started_at)
    return None


def _warning(event: ev.InputChanged) -> str:
    takers = ", ".join(f"'{step}'" for step in event.takers)
    return (
        f"Step '{event.step}' changed `{event.name}` in place, which nobody foresaw: {takers} "
        f"had to wait for that, or to run again. Assign it anew there, as in `{event.name} = "
        f"{event.name}`, so that the order is known beforehand."
    )


def _refused(step: StepState, event: ev.Event) -> InvalidTransition:
    story = ", ".join(f"{kind} ({seq})" for seq, kind in step.story) or "nothing yet"
    name = getattr(event, "step", "?")
    return InvalidTransition(
        f"Step '{name}' is {step.phase} and cannot take {event.kind} ({event.seq}). "
        f"Its story: {story}."
    )
