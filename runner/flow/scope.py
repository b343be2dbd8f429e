"""What of a plan a run was asked for: `--from` and `--only`."""

from __future__ import annotations

from nbprism.runner import events as ev
from nbprism.runner.flow.state import RunState


def forced(state: RunState) -> frozenset[str]:
    """Return the steps that run even if nothing about them has changed."""
    start = state.accepted.from_step if state.accepted else None
    return state.rules.all_after(start) if start else frozenset()


def only_reused(state: RunState) -> frozenset[str]:
    """Return the steps that the only one asked for needs: they must be there already."""
    only = _only(state)
    return state.rules.all_before(only) - {only} if only else frozenset()


def not_asked_for(state: RunState) -> tuple[str, ...]:
    """Return the steps that are left out."""
    only = _only(state)
    asked = state.rules.all_before(only) if only else state.steps.keys()
    return tuple(name for name in state.steps if name not in asked)


def not_reusable(state: RunState, step: str, because: str) -> ev.Failure:
    """Return why a run of one step cannot go on: what it needs is not there any more."""
    return ev.Failure(
        code="not-reusable",
        ename="NotReusable",
        evalue=f"Only '{_only(state)}' was asked for, and '{step}', which it needs, "
        f"cannot be reused: {because}.",
        hint="Run the notebook without --only once.",
    )


def _only(state: RunState) -> str | None:
    return state.accepted.only_step if state.accepted else None
