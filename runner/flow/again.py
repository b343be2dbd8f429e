"""Steps whose result does not count any more, and run again: the part of `decide` for them.

A step that changes an input in place, unforeseen, makes a new version of it. Steps further down in
the notebook take that version, as they would in one kernel; those that have begun with the one
before run again, and so does all that needs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Protocol

from nbprism.runner import events as ev
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow import foreach, waits
from nbprism.runner.flow.children import child_name, parent_of, step_of
from nbprism.runner.flow.state import RunState

KEPT: Final = frozenset({"cancelled", "lost"})
"""Somebody wanted it so, or nothing more can be known."""


class Turn(foreach.Turn, Protocol):
    """The part of a decision that matters here."""

    def has_begun(self, step: str) -> bool: ...
    def is_out(self, step: str) -> bool: ...


def taken(state: RunState, step: str) -> dict[str, str]:
    """Return the inputs that the step takes as another one left them, and those others.

    Of several that changed the same input the last one in the notebook counts.
    """
    found: dict[str, str] = {}
    for changer in sorted(state.changers, key=lambda name: state.rules[name].place):
        for name in state.steps[changer].changed:
            if step_of(step) in state.rules.takers_after(changer, name):
                found[name] = changer
    return found


def tell_changes(turn: Turn, step: str, changed: Iterable[str]) -> None:
    """Say which inputs the step changed though nobody foresaw it, if other steps take them."""
    for name in changed:
        if takers := turn.state.rules.takers_after(step, name):
            turn.emit(ev.InputChanged, step=step, name=name, takers=takers)


def outdate_takers(turn: Turn, step: str) -> ev.Failure | None:
    """Have those run again that took an input of the step as it was before.

    Returns:
        Why the run cannot go on, if that is not possible.
    """
    state = turn.state
    names = sorted(state.steps[step].changed)
    takers = {taker for name in names for taker in state.rules.takers_after(step, name)}
    # Those that waited for this very step have not begun.
    takers -= set(waits.waiting_for(state, step))
    stale = [name for name in takers if _took_another(state, name) and turn.has_begun(name)]
    inputs = " and ".join(f"`{name}`" for name in names)
    reason = f"step '{step}' changed {inputs} in place, unforeseen"
    fixed = _outdate(turn, stale, reason, step)
    return None if fixed is None else _too_late(fixed, reason)


def make_again(turn: Turn, makers: Collection[str], step: str) -> bool:
    """Have steps run again whose values were found damaged when `step` loaded them.

    Returns:
        Whether that is possible: not twice.
    """
    if any(turn.state.steps[maker].withdrawals for maker in makers):
        return False
    names = " and ".join(f"'{maker}'" for maker in makers)
    reason = f"what step {names} had given was damaged in the store"
    if _outdate(turn, makers, reason, step) is not None:
        return False
    if parent_of(step) is None:  # else it went with its loop
        withdraw(turn, step, reason)
    return True


def is_held(state: RunState, step: str) -> bool:
    """Return whether the step is a unit of a loop that is being taken back."""
    parent = parent_of(step)
    return parent is not None and state.steps[parent].outdated is not None


def _took_another(state: RunState, step: str) -> bool:
    """Return whether the step has begun with other versions of its inputs than it shall have."""
    own = state.steps[step]
    if own.phase == "skipped" and own.attempt == own.spent:
        return False  # it took none: a step that it needs did not end well
    return taken(state, step) != dict(own.takes)


def _outdate(turn: Turn, steps: Collection[str], reason: str, ended: str) -> str | None:
    """Take back what the steps, and all that need them, have made in this run.

    Args:
        turn: The decision.
        steps: The steps.
        reason: Why, for people.
        ended: The step whose end has shown it: it is not taken back itself, and who waited for it
            has not begun.

    Returns:
        A step for which that is not possible; nothing was done then.
    """
    state = turn.state
    waited = waits.waiting_for(state, ended)
    begun = [
        name
        for name in _with_all_after(state, steps)
        if name != ended
        and turn.has_begun(name)
        and not (name in waited and state.steps[name].phase == "waiting")
    ]
    if begun and not state.rules.is_in_order:
        return begun[0]
    for name in begun:
        own = state.steps[name]
        if own.phase in KEPT or own.outdated is not None:
            continue
        if own.items is not None:
            _outdate_loop(turn, name, reason, ended)
        elif turn.is_out(name):
            _stop(turn, name, reason)
        else:
            withdraw(turn, name, reason)
    return None


def _outdate_loop(turn: Turn, name: str, reason: str, ended: str) -> None:
    """Take back a loop whose items were counted: first its units, then itself."""
    own = turn.state.steps[name]
    if own.cancelling:
        return  # it is about to end, and stays as it ends
    if not own.ended:
        turn.emit(ev.StepOutdated, step=name, attempt=own.attempt, reason=reason)
    for unit in (child_name(name, index) for index in range(own.items or 0)):
        if turn.is_out(unit) and unit != ended:
            _stop(turn, unit, reason)
        else:
            withdraw(turn, unit, reason)
    fold_up(turn, name, reason)


def fold_up(turn: Turn, loop: str, reason: str) -> None:
    """Let a loop that is taken back wait again, once none of its units is out any more."""
    items = turn.state.steps[loop].items or 0
    if not any(turn.is_out(child_name(loop, index)) for index in range(items)):
        withdraw(turn, loop, reason)


def _stop(turn: Turn, step: str, reason: str) -> None:
    attempt = turn.state.steps[step].attempt
    turn.emit(ev.StepOutdated, step=step, attempt=attempt, reason=reason)
    turn.order(cmd.StopUnit(step, attempt))


def withdraw(turn: Turn, step: str, reason: str) -> None:
    """Let the step wait as if it had never begun."""
    attempt = turn.state.steps[step].attempt
    turn.emit(ev.StepWithdrawn, step=step, attempt=attempt, reason=reason)
    turn.order(cmd.Withdraw(step))


def _with_all_after(state: RunState, steps: Collection[str]) -> list[str]:
    """Return the steps with those that need one of them or took an input from it, in plan order."""
    found = set(steps)
    reached = -1
    while reached != len(found):
        reached = len(found)
        found |= {name for name in state.rules if _leans_on(state, name, found)}
    return [name for name in state.rules if name in found]


def _leans_on(state: RunState, step: str, others: Collection[str]) -> bool:
    # One that is being looked up has taken nothing yet, but is about to.
    changers = (*state.steps[step].takes.values(), *taken(state, step).values())
    return any(one in others for one in (*state.rules[step].needs, *changers))


def _too_late(step: str, reason: str) -> ev.Failure:
    return ev.Failure(
        code="input-changed",
        ename="InputChanged",
        evalue=f"Step '{step}' had begun when {reason}. Steps of this notebook need what begins "
        "below them, so it cannot be told in which order they would have to run again.",
        hint="Resume the run: nbprism knows now which step has to wait for which. Or assign the "
        "name anew where it is changed, so that the order is known beforehand.",
    )
