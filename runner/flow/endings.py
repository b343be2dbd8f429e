"""Which step made a run fail, and why."""

from __future__ import annotations

from nbprism.runner import events as ev
from nbprism.runner.flow.children import parent_of
from nbprism.runner.flow.state import RunState


def culprit(state: RunState) -> tuple[str, ev.Failure] | None:
    """Return the step that failed first, of those that may not; else one that was cancelled."""
    bad = [
        (step.phase == "cancelled", step.story[-1][0], name)
        for name, step in state.steps.items()
        if step.phase in {"failed", "crashed", "cancelled"}
        and not state.rules[name].allow_failure
        and parent_of(name) is None
    ]
    if not bad:
        return None
    step = min(bad)[-1]
    return step, state.steps[step].error or _stopped(step)


def _stopped(step: str) -> ev.Failure:
    return ev.Failure(
        code="step-cancelled",
        ename="StepCancelled",
        evalue=f"Step '{step}' was cancelled, so the run did not do all it was asked to.",
        hint="`nbprism resume` runs it, and what was skipped for it.",
    )
