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
from nbprism.runner.flow.children import step_of
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
    counted = _outdate(turn, stale, reason, step)
    return None if counted is None else _too_late(counted, reason)


def make_again(turn: Turn, makers: Collection[str], step: str) -> bool:
    """Have steps run again whose values were found damaged when `step` loaded them.

    Returns:
        Whether that is possible: not twice, and not where the items of a loop were counted.
    """
    if any(turn.state.steps[maker].withdrawals for maker in makers):
        return False
    names = " and ".join(f"'{maker}'" for maker in makers)
    reason = f"what step {names} had given was damaged in the store"
    if _outdate(turn, makers, reason, step) is not None:
        return False
    withdraw(turn, step, reason)
    return True


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
    for name in begun:
        counted = state.rules[name].expands and state.steps[name].phase != "skipped"
        if counted or not state.rules.is_in_order:
            return name
    for name in begun:
        own = state.steps[name]
        if own.phase in KEPT or own.outdated is not None:
            continue
        if turn.is_out(name):
            turn.emit(ev.StepOutdated, step=name, attempt=own.attempt, reason=reason)
            turn.order(cmd.StopUnit(name, own.attempt))
        else:
            withdraw(turn, name, reason)
    return None


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
        evalue=f"Step '{step}' had begun when {reason}. What it goes over cannot be counted again "
        "in the same run.",
        hint="Resume the run: nbprism knows now which step has to wait for which. Or assign the "
        "name anew where it is changed, so that the order is known beforehand.",
    )
