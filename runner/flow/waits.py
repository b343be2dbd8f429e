"""What keeps a step waiting: the steps it needs, and those that may change what it takes."""

from __future__ import annotations

from collections.abc import Iterator

from nbprism.runner.flow import foreach
from nbprism.runner.flow.children import step_of
from nbprism.runner.flow.state import RunState, StepState


def can_go(state: RunState, name: str) -> bool:
    """Return whether nothing keeps the step waiting any more."""
    needs_met = all(opens(state, name, need) for need in state.rules[name].needs)
    return needs_met and all(state.steps[one].ended for one in _awaited(state, name))


def opens(state: RunState, name: str, need: str) -> bool:
    """Return whether `need` no longer keeps `name` waiting.

    A step that may fail lets through those that only come after it, not those that load its values.
    """
    phase = state.steps[need].phase
    if phase in {"succeeded", "reused"}:
        return True
    if phase not in {"failed", "crashed"} or not state.rules[need].allow_failure:
        return False
    return need not in state.rules[name].values_from or foreach.gives_values(state, need)


def skip_reason(state: RunState, name: str) -> str | None:
    """Return why the step cannot run any more, if it cannot."""
    for need in state.rules[name].needs:
        step = state.steps[need]
        if step.ended and not opens(state, name, need):
            return f"step '{need}' {_what_happened(step)}"
    return None


def waiting_for(state: RunState, ended: str) -> tuple[str, ...]:
    """Return the steps that the end of one may let go on."""
    own = state.steps[ended]
    found = [taker for name in own.suspected for taker in state.rules.takers_after(ended, name)]
    return tuple(dict.fromkeys((*state.rules.followers.get(ended, ()), *found)))


def _awaited(state: RunState, step: str) -> Iterator[str]:
    """Yield the steps that may change in place what this one takes, whether or not they do."""
    yield from state.rules[step].awaits
    for changer in state.changers:
        for name in state.steps[changer].suspected:
            if step_of(step) in state.rules.takers_after(changer, name):
                yield changer


def _what_happened(step: StepState) -> str:
    passive = {"skipped", "cancelled", "lost"}
    return f"was {step.phase}" if step.phase in passive else step.phase
