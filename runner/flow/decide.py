"""What to do next in a run: `decide(state, command) -> (events, effects)`.

Pure: no clock, no files, no Ray. Events are facts to log before any of the effects is performed.
A report that comes too late (its attempt has ended) decides nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nbprism.runner import events as ev
from nbprism.runner.errors import InvalidTransition
from nbprism.runner.flow import again, endings, foreach, scope, waits
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.children import child_name, parent_of, step_of
from nbprism.runner.flow.state import RunState, StepState, fold

TIMEOUT_GRACE_S: Final = 20.0
"""A unit ends itself at its limit; one that cannot is stopped from outside, this much later."""


def decide(
    state: RunState, command: cmd.Command
) -> tuple[tuple[ev.Event, ...], tuple[cmd.Effect, ...]]:
    """Return what is now a fact, and what the driver has to do about it.

    Raises:
        InvalidTransition: the command makes no sense in this state.
    """
    turn = _Turn(state, command.at)
    if isinstance(command, cmd.UnitCommand):
        if _is_current(state, command):
            _UNIT[type(command)](turn, command)
    elif not state.ended:
        _RUN[type(command)](turn, command)
    return tuple(turn.events), tuple(turn.effects)


@dataclass(slots=True)
class _Turn:
    """The events and effects of one decision, with the state they lead to so far."""

    state: RunState
    at: float
    events: list[ev.Event] = field(default_factory=list)
    effects: list[cmd.Effect] = field(default_factory=list)

    def emit(self, event: type[ev.Event], **fields: Any) -> None:
        made = event(seq=self.state.seq + 1, at=self.at, **fields)
        self.state = fold(self.state, made)
        self.events.append(made)

    def order(self, effect: cmd.Effect) -> None:
        self.effects.append(effect)

    @property
    def cancelling(self) -> bool:
        return self.state.phase == "cancelling"

    def is_cancelling(self, step: str) -> bool:
        """Return whether the step was asked to stop, alone or with the run."""
        return self.cancelling or self.state.steps[step].cancelling

    def is_out(self, step: str) -> bool:
        """Return whether the step's attempt was handed to the cluster."""
        return _is_out(self.state, self.state.steps[step])

    def withdrawn(self) -> list[str]:
        """Return the steps that this decision has made wait again."""
        found = [event.step for event in self.events if isinstance(event, ev.StepWithdrawn)]
        return [name for name in found if name in self.state.steps]  # units may be none any more

    def has_begun(self, step: str) -> bool:
        """Return whether anything was done for the step, a look-up or a pause included."""
        own = self.state.steps[step]
        if own.phase == "skipped":
            return step not in scope.not_asked_for(self.state)
        return own.phase != "waiting" or own.retry_pending or waits.can_go(self.state, step)


def _begin(turn: _Turn, command: cmd.Begin) -> None:
    if turn.cancelling:
        return
    turn.emit(ev.RunStarted, driver_pid=command.driver_pid)
    for name in scope.not_asked_for(turn.state):
        if not turn.state.steps[name].ended:  # cancelled before the run began
            turn.emit(ev.StepSkipped, step=name, reason="it was not asked for")
    _advance(turn, turn.state.steps)


def _looked_up(turn: _Turn, command: cmd.LookedUp) -> None:
    name, step = command.step, turn.state.steps.get(command.step)
    if step is None:
        return  # it was a unit, and the items are counted anew
    if turn.cancelling or step.phase != "waiting" or step.retry_pending:
        return
    if command.withdrawals != step.withdrawals:
        return  # it was withdrawn meanwhile, and is looked up again
    if command.found is not None:
        _reuse(turn, name, command.found)
    elif step_of(name) in scope.only_reused(turn.state):
        _break_off(turn, scope.not_reusable(turn.state, name, command.because))
    else:
        _queue(turn, name, step.attempt + 1, command.because)


def _reuse(turn: _Turn, step: str, found: cmd.Found) -> None:
    for cell, ops in found.cells:
        turn.emit(ev.CellOutput, step=step, attempt=0, cell=cell, ops=ops)
    for name, value in found.metrics.items():
        turn.emit(ev.MetricReported, step=step, name=name, value=value)
    again.tell_changes(turn, step, found.changed)
    turn.emit(
        ev.StepReused,
        step=step,
        from_run=found.from_run,
        saved_s=found.saved_s,
        outputs=found.outputs,
        metrics=found.metrics,
        takes=again.taken(turn.state, step),
    )
    _go_on_well(turn, step)


def _cluster_ready(turn: _Turn, command: cmd.ClusterReady) -> None:
    if turn.cancelling:
        return
    turn.emit(
        ev.ClusterJoined,
        cpus=command.cpus,
        gpus=command.gpus,
        memory=command.memory,
        started=command.started,
    )
    for name, step in turn.state.steps.items():
        if step.phase == "queued":
            turn.order(cmd.StartUnit(name, step.attempt))


def _run_broke(turn: _Turn, command: cmd.RunBroke) -> None:
    _break_off(turn, command.failure)


def _break_off(turn: _Turn, failure: ev.Failure) -> None:
    """End everything at once: nothing that still runs can be heard any more."""
    for name, step in turn.state.steps.items():
        if _is_out(turn.state, step):
            turn.order(cmd.StopUnit(name, step.attempt))
            _give_up(turn, name, failure)
        elif not step.ended:
            turn.emit(ev.StepSkipped, step=name, reason="the run could not go on")
    _end_run(turn, executed=None, failure=failure)


def _give_up(turn: _Turn, step: str, failure: ev.Failure) -> None:
    if turn.is_cancelling(step):
        turn.emit(ev.StepCancelled, step=step, attempt=turn.state.steps[step].attempt)
    else:
        _end_badly(turn, step, failure, crashed=True, will_retry=False)


def _cancel(turn: _Turn, _: cmd.Cancel) -> None:
    if turn.cancelling:
        return
    turn.emit(ev.RunCancelling)
    for name, step in turn.state.steps.items():
        if _is_out(turn.state, step):
            turn.order(cmd.StopUnit(name, step.attempt))
        elif not step.ended:
            turn.emit(ev.StepCancelled, step=name, attempt=step.attempt)
    _wrap_up_when_done(turn)


def _cancel_step(turn: _Turn, command: cmd.CancelStep) -> None:
    step = turn.state.steps.get(command.step)
    if step is None or turn.is_cancelling(command.step) or step.ended:
        return
    turn.emit(ev.StepCancelling, step=command.step)
    units = [child_name(command.step, index) for index in range(step.items or 0)]
    for name in units or [command.step]:
        _stop(turn, name)
    if units and turn.state.steps[command.step].items_ended == len(units):
        foreach.finish(turn, command.step)
    _advance(turn, waits.waiting_for(turn.state, command.step))


def _stop(turn: _Turn, name: str) -> None:
    """Stop what is on the cluster, and let nothing begin any more."""
    step = turn.state.steps[name]
    if _is_out(turn.state, step):
        if not step.cancelling:
            turn.emit(ev.StepCancelling, step=name)
        turn.order(cmd.StopUnit(name, step.attempt))
    elif not step.ended:
        turn.emit(ev.StepCancelled, step=name, attempt=step.attempt)


def _wrapped(turn: _Turn, command: cmd.Wrapped) -> None:
    if not turn.state.steps_ended:
        raise InvalidTransition("A run cannot be wrapped up while steps have not ended.")
    _end_run(turn, executed=command.executed)


def _unit_began(turn: _Turn, command: cmd.UnitBegan) -> None:
    if turn.state.steps[command.step].phase != "queued":
        return
    turn.emit(ev.StepStarted, step=command.step, attempt=command.attempt, pid=command.pid)
    limit = turn.state.rules[command.step].timeout_s
    if limit is not None:
        turn.order(cmd.WatchTime(command.step, command.attempt, limit + TIMEOUT_GRACE_S))


def _cell(turn: _Turn, command: cmd.CellBegan | cmd.CellWrote | cmd.CellDone) -> None:
    if turn.state.steps[command.step].phase != "running":
        return
    at = {"step": command.step, "attempt": command.attempt, "cell": command.cell}
    match command:
        case cmd.CellBegan():
            turn.emit(ev.CellStarted, **at)
        case cmd.CellWrote():
            turn.emit(ev.CellOutput, **at, ops=command.ops)
        case cmd.CellDone():
            turn.emit(
                ev.CellEnded,
                **at,
                ok=command.ok,
                execution_count=command.execution_count,
                duration_s=command.duration_s,
            )


def _unit_succeeded(turn: _Turn, command: cmd.UnitSucceeded) -> None:
    if _is_back(turn, command.step):
        return
    _note_begun(turn, command)
    for name, value in command.metrics.items():
        turn.emit(ev.MetricReported, step=command.step, name=name, value=value)
    again.tell_changes(turn, command.step, command.changed)
    turn.emit(
        ev.StepSucceeded,
        step=command.step,
        attempt=command.attempt,
        duration_s=command.duration_s,
        outputs=command.outputs,
        metrics=command.metrics,
    )
    _go_on_well(turn, command.step)


def _note_begun(turn: _Turn, command: cmd.UnitSucceeded | cmd.UnitSkipped) -> None:
    """Make it a fact that the step ran, if its first report did not arrive: it is certain now."""
    if turn.state.steps[command.step].phase == "queued":
        turn.emit(ev.StepStarted, step=command.step, attempt=command.attempt, pid=0)


def _unit_skipped(turn: _Turn, command: cmd.UnitSkipped) -> None:
    if _is_back(turn, command.step):
        return
    _note_begun(turn, command)
    turn.emit(ev.StepSkipped, step=command.step, reason=command.reason)
    _go_on(turn, command.step)


def _unit_failed(turn: _Turn, command: cmd.UnitFailed) -> None:
    if turn.is_cancelling(command.step):
        turn.emit(ev.StepCancelled, step=command.step, attempt=command.attempt)
        _go_on(turn, command.step)
        return
    if _is_back(turn, command.step):
        return
    if command.damaged and again.make_again(turn, command.damaged, command.step):
        _advance(turn, turn.withdrawn())
        return
    _settle(turn, command.step, command.failure, command.crashed, command.duration_s)


def _unit_overdue(turn: _Turn, command: cmd.UnitOverdue) -> None:
    if turn.is_cancelling(command.step) or turn.state.steps[command.step].outdated is not None:
        return
    limit = turn.state.rules[command.step].timeout_s or 0.0
    failure = ev.Failure(
        code="unit-timeout",
        ename="UnitTimeout",
        evalue=f"Step '{command.step}' ran longer than its {limit:g} s and had to be stopped.",
        cell=turn.state.steps[command.step].cell,
        hint="Raise `timeout_s` in the step's settings, or make the cell do less.",
    )
    turn.order(cmd.StopUnit(command.step, command.attempt))
    _settle(turn, command.step, failure, True, None)


def _retry_due(turn: _Turn, command: cmd.RetryDue) -> None:
    _queue(turn, command.step, command.attempt)


def _settle(
    turn: _Turn, step: str, failure: ev.Failure, crashed: bool, duration_s: float | None
) -> None:
    """Record a bad end, then try again or tell those that wait for the step."""
    rules, own = turn.state.rules[step], turn.state.steps[step]
    tried = own.attempt - own.spent
    retry = tried <= rules.retries
    _end_badly(turn, step, failure, crashed=crashed, will_retry=retry, duration_s=duration_s)
    if retry:
        turn.order(cmd.WaitToRetry(step, own.attempt + 1, rules.pause_s(tried)))
    else:
        _go_on(turn, step)


def _is_back(turn: _Turn, step: str) -> bool:
    """Return whether an attempt that has ended was outdated; the step waits again then."""
    reason = turn.state.steps[step].outdated
    if reason is None or turn.is_cancelling(step):
        return False
    again.withdraw(turn, step, reason)
    if (loop := parent_of(step)) is not None:
        again.fold_up(turn, loop, reason)
    _advance(turn, turn.withdrawn())
    return True


def _go_on_well(turn: _Turn, step: str) -> None:
    """Do what a step's success makes possible, and again what it has made pointless."""
    if not turn.state.steps[step].changed or turn.cancelling:
        _go_on(turn, step)
        return
    failure = again.outdate_takers(turn, step)
    if failure is not None:
        _break_off(turn, failure)
        return
    _advance(turn, dict.fromkeys([*waits.waiting_for(turn.state, step), *turn.withdrawn()]))


def _end_badly(
    turn: _Turn,
    step: str,
    failure: ev.Failure,
    *,
    crashed: bool,
    will_retry: bool,
    duration_s: float | None = None,
) -> None:
    before = turn.state.steps[step]
    if duration_s is None:
        duration_s = 0.0 if before.phase == "queued" else _since(before.started_at, turn.at)
    turn.emit(
        ev.StepCrashed if crashed else ev.StepFailed,
        step=step,
        attempt=before.attempt,
        duration_s=duration_s,
        error=replace(failure, cell=failure.cell or before.cell),
        will_retry=will_retry,
    )


def _advance(turn: _Turn, names: Iterable[str]) -> None:
    """Look up, queue or skip those of the steps that can go on, and all that follows from it."""
    todo = deque(names)
    while todo and not turn.cancelling:
        name = todo.popleft()
        step = turn.state.steps[name]
        if step.phase != "waiting" or step.retry_pending or again.is_held(turn.state, name):
            continue
        if reason := waits.skip_reason(turn.state, name):
            turn.emit(ev.StepSkipped, step=name, reason=reason)
            todo.extend(waits.waiting_for(turn.state, name))
        elif waits.can_go(turn.state, name):
            _go(turn, name)
    _wrap_up_when_done(turn)


def _go_on(turn: _Turn, ended: str) -> None:
    """Do what the end of a step makes possible."""
    step = parent_of(ended)
    if step is None:
        _advance(turn, waits.waiting_for(turn.state, ended))
    elif turn.state.steps[step].ended or turn.cancelling:
        _wrap_up_when_done(turn)
    else:
        following = foreach.proceed(turn, step, ended)
        over = turn.state.steps[step].ended
        _advance(turn, waits.waiting_for(turn.state, step) if over else following)


def _items_counted(turn: _Turn, command: cmd.ItemsCounted) -> None:
    step = turn.state.steps[command.step]
    if turn.cancelling or step.phase != "waiting" or command.withdrawals != step.withdrawals:
        return
    takes = again.taken(turn.state, command.step)
    if command.failure is not None:
        foreach.refuse(turn, command.step, command.failure, takes)
        _go_on(turn, command.step)
    else:
        _advance(turn, foreach.expand(turn, command.step, command.labels, takes))


def _collected(turn: _Turn, command: cmd.Collected) -> None:
    step = turn.state.steps[command.step]
    if not step.ended and command.withdrawals == step.withdrawals:
        foreach.ended(turn, command.step, command.outputs)
        _go_on(turn, command.step)


def _go(turn: _Turn, name: str) -> None:
    """Have the step reused if that can be, or run it."""
    if turn.state.rules[name].expands:
        withdrawals = turn.state.steps[name].withdrawals
        turn.order(cmd.CountItems(name, again.taken(turn.state, name), withdrawals))
    elif step_of(name) in scope.forced(turn.state):
        _queue(turn, name, turn.state.steps[name].attempt + 1, "asked for by --from")
    else:
        takes = again.taken(turn.state, name)
        turn.order(cmd.LookUp(name, takes, turn.state.steps[name].withdrawals))


def _queue(turn: _Turn, step: str, attempt: int, because: str | None = None) -> None:
    takes = again.taken(turn.state, step)
    turn.emit(ev.StepQueued, step=step, attempt=attempt, because=because, takes=takes)
    if turn.state.cluster == "joined":
        turn.order(cmd.StartUnit(step, attempt))
    elif turn.state.cluster == "unneeded":
        turn.emit(ev.ClusterStarting)
        turn.order(cmd.JoinCluster())


def _is_out(state: RunState, step: StepState) -> bool:
    """Return whether the step's attempt was handed to the cluster."""
    if step.items is not None:
        return False  # its units are
    return step.phase == "running" or (step.phase == "queued" and state.cluster == "joined")


def _wrap_up_when_done(turn: _Turn) -> None:
    if turn.state.steps_ended:
        turn.order(cmd.WrapUp())


def _end_run(turn: _Turn, *, executed: str | None, failure: ev.Failure | None = None) -> None:
    accepted = turn.state.accepted
    shared = {
        "duration_s": _since(accepted.at if accepted else None, turn.at),
        "metrics": turn.state.metrics,
        "executed": executed,
    }
    culprit = endings.culprit(turn.state)
    if turn.cancelling:
        turn.emit(ev.RunCancelled, **shared)
    elif failure is not None:
        turn.emit(ev.RunFailed, **shared, error=failure)
    elif culprit is not None:
        step, error = culprit
        turn.emit(ev.RunFailed, **shared, step=step, error=error)
    else:
        turn.emit(ev.RunSucceeded, **shared)


def _is_current(state: RunState, command: cmd.UnitCommand) -> bool:
    step = state.steps.get(command.step)
    if state.ended or step is None:
        return False
    if isinstance(command, cmd.RetryDue):
        return step.retry_pending and command.attempt == step.attempt + 1
    return _is_out(state, step) and command.attempt == step.attempt


def _since(earlier: float | None, now: float) -> float:
    return 0.0 if earlier is None else max(0.0, now - earlier)


_Handler = Callable[[_Turn, Any], None]
_RUN: Final[Mapping[type[cmd.Command], _Handler]] = {
    cmd.Begin: _begin,
    cmd.LookedUp: _looked_up,
    cmd.ClusterReady: _cluster_ready,
    cmd.RunBroke: _run_broke,
    cmd.Cancel: _cancel,
    cmd.CancelStep: _cancel_step,
    cmd.ItemsCounted: _items_counted,
    cmd.Collected: _collected,
    cmd.Wrapped: _wrapped,
}
_UNIT: Final[Mapping[type[cmd.UnitCommand], _Handler]] = {
    cmd.UnitBegan: _unit_began,
    cmd.CellBegan: _cell,
    cmd.CellWrote: _cell,
    cmd.CellDone: _cell,
    cmd.UnitSucceeded: _unit_succeeded,
    cmd.UnitSkipped: _unit_skipped,
    cmd.UnitFailed: _unit_failed,
    cmd.UnitOverdue: _unit_overdue,
    cmd.RetryDue: _retry_due,
}
