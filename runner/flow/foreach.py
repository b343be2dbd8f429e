"""What to do next with a step that runs once for each item of a list: the part of `decide` for it.

Its units are steps of their own in the run. The step itself is `running` from the moment its items
are counted, starts its units in order, at most `max_parallel` at a time, and ends after the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from nbprism.runner import events as ev
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.children import child_name, index_of
from nbprism.runner.flow.state import RunState, StepState

_WELL: Final = frozenset({"succeeded", "reused"})
_BADLY: Final = frozenset({"failed", "crashed"})


class Turn(Protocol):
    """The part of a decision that matters here."""

    state: RunState
    at: float

    def emit(self, event: type[ev.Event], **fields: Any) -> None: ...
    def order(self, effect: cmd.Effect) -> None: ...


def expand(turn: Turn, name: str, labels: Sequence[str], takes: Mapping[str, str]) -> list[str]:
    """Make a step of each item; return those that may start."""
    _begin(turn, name, labels, takes)
    width = turn.state.rules[name].max_parallel or len(labels)
    if not labels:
        _collect(turn, name, ())
    return [child_name(name, index) for index in range(min(width, len(labels)))]


def refuse(turn: Turn, name: str, failure: ev.Failure, takes: Mapping[str, str]) -> None:
    """End a step whose items could not be counted."""
    _begin(turn, name, (), takes)
    turn.emit(ev.StepFailed, **_attempt(turn, name), duration_s=0.0, error=failure)


def _begin(turn: Turn, name: str, labels: Sequence[str], takes: Mapping[str, str]) -> None:
    """Begin what is its only attempt, unless it is withdrawn: trying again is for its units."""
    attempt = turn.state.steps[name].spent + 1
    items = len(labels)
    turn.emit(
        ev.StepExpanded, step=name, attempt=attempt, items=items, labels=tuple(labels), takes=takes
    )
    if attempt > 1:
        _show(turn, name, {"op": "clear", "wait": False})


def _attempt(turn: Turn, name: str) -> dict[str, Any]:
    return {"step": name, "attempt": turn.state.steps[name].attempt}


def proceed(turn: Turn, name: str, ended: str) -> list[str]:
    """Go on after one of the units has ended; return those that may start now."""
    step, rules = turn.state.steps[name], turn.state.rules[name]
    items, width = step.items or 0, rules.max_parallel or step.items or 0
    _tell(turn, name, ended)
    if turn.state.steps[ended].phase in _BADLY and not rules.allow_failure:
        _give_up_waiting(turn, name, ended)
    if turn.state.steps[name].items_ended == items:
        finish(turn, name)
        return []
    # As many have been started as have ended, and `width` more: no count has to be kept.
    following = child_name(name, turn.state.steps[name].items_ended + width - 1)
    return [following] if following in turn.state.steps else []


def ended(turn: Turn, name: str, outputs: Sequence[Any]) -> None:
    """End a step whose units have all ended and whose outputs are collected."""
    failure = failure_of(turn.state, name)
    took = max(0.0, turn.at - (turn.state.steps[name].started_at or turn.at))
    if failure is None:
        turn.emit(ev.StepSucceeded, **_attempt(turn, name), duration_s=took, outputs=tuple(outputs))
    else:
        turn.emit(ev.StepFailed, **_attempt(turn, name), duration_s=took, error=failure)


def gives_values(state: RunState, name: str) -> bool:
    """Return whether some unit of the step has succeeded, so that there is a list to load."""
    return any(unit.phase in _WELL for unit in units_of(state, name))


def units_of(state: RunState, name: str) -> list[StepState]:
    """Return the units of a step, in the order of the items."""
    return [state.steps[child_name(name, i)] for i in range(state.steps[name].items or 0)]


def failure_of(state: RunState, name: str) -> ev.Failure | None:
    """Return what to say about the units that failed, the first of them in full."""
    units = list(enumerate(units_of(state, name)))
    bad = [(index, unit.error) for index, unit in units if unit.error and unit.phase in _BADLY]
    if not bad:
        return None
    index, first = bad[0]
    which = f"Item {index} of {len(units)} failed"
    if len(bad) > 1:
        numbers = ", ".join(str(number) for number, _ in bad[:10])
        more = ", ..." if len(bad) > 10 else ""  # noqa: PLR2004
        which = f"{len(bad)} of {len(units)} items failed: {numbers}{more}. Item {index}"
    return replace(first, evalue=f"{which}: {first.ename}: {first.evalue}")


def _give_up_waiting(turn: Turn, name: str, ended: str) -> None:
    """Skip the units that were not started; those that run are left to end."""
    step, rules = turn.state.steps[name], turn.state.rules[name]
    items = step.items or 0
    started = step.items_ended - 1 + (rules.max_parallel or items)
    for index in range(started, items):
        unit = child_name(name, index)
        if turn.state.steps[unit].phase == "waiting":
            reason = f"item {index_of(ended)} {turn.state.steps[ended].phase}"
            turn.emit(ev.StepSkipped, step=unit, reason=reason)


def finish(turn: Turn, name: str) -> None:
    """End a step whose units have all ended, or have their outputs collected first."""
    if turn.state.steps[name].cancelling:
        turn.emit(ev.StepCancelled, **_attempt(turn, name))
    elif failure_of(turn.state, name) is None or turn.state.rules[name].allow_failure:
        units = enumerate(units_of(turn.state, name))
        _collect(
            turn, name, tuple(child_name(name, i) if u.phase in _WELL else None for i, u in units)
        )
    else:
        ended(turn, name, ())


def _collect(turn: Turn, name: str, units: tuple[str | None, ...]) -> None:
    turn.order(cmd.Collect(name, units, turn.state.steps[name].withdrawals))


def _tell(turn: Turn, name: str, unit: str) -> None:
    """Show in the step's own cell how a unit ended: a line for each."""
    output = {"output_type": "stream", "name": "stdout", "text": f"{line_of(turn.state, unit)}\n"}
    _show(turn, name, {"op": "append", "output": output})


def _show(turn: Turn, name: str, op: Mapping[str, Any]) -> None:
    if (cell := turn.state.rules[name].cell) is not None:
        turn.emit(ev.CellOutput, **_attempt(turn, name), cell=cell, ops=(op,))


def line_of(state: RunState, unit: str) -> str:
    """Return how a unit ended, in one line."""
    step = state.steps[unit]
    label = f" {step.label}" if step.label else ""
    took = f" in {step.duration_s:.1f} s" if step.duration_s and step.phase == "succeeded" else ""
    error = f": {step.error.ename}: {step.error.evalue}"[:200] if step.error else ""
    reason = f": {step.reason}" if step.reason and step.phase == "skipped" else ""
    return f"[{index_of(unit)}]{label} {step.phase}{took}{error}{reason}".replace("\n", " ")
