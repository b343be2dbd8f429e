"""What a run looks like from outside, told from its log.

Pure: the log, whether a driver is alive and the time go in, a JSON object comes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from nbprism.runner import events as ev
from nbprism.runner.errors import ClusterUnknown, LogUnreadable
from nbprism.runner.flow.children import child_name, parent_of
from nbprism.runner.flow.state import RunPhase, RunState, StepPhase, StepState, fold
from nbprism.runner.remote.address import LOCAL
from nbprism.runner.unheard import Unheard

GRACE_S: Final = 60.0
"""How long an accepted run may wait for its driver's first sign before it counts as lost.

A driver holds its lock as soon as it was let in (`turnstile.py`) and has imported itself, without
Ray; that takes a busy machine a while. From then on the lock says that it is alive."""


def state_of(events: Iterable[ev.Event]) -> RunState:
    """Return the state that the events lead to."""
    state = RunState()
    for event in events:
        state = fold(state, event)
    return state


def is_lost(state: RunState, *, alive: bool, now: float, unheard: Unheard | None = None) -> bool:
    """Return whether nobody will ever end this run: its driver is gone, or never came."""
    if state.ended or alive or state.accepted is None:
        return False
    if state.accepted.cluster != LOCAL:
        # It goes on without anybody here; `launch.attend` hears how, if it knows where.
        return unheard is not None and unheard.code == ClusterUnknown.code
    seen_driver = state.seq > 1
    return seen_driver or now - state.accepted.at > GRACE_S


def summarise(
    state: RunState, *, alive: bool, now: float, unheard: Unheard | None = None
) -> dict[str, Any]:
    """Return the summary of a run (design: command line, server)."""
    accepted = state.accepted
    if accepted is None:
        raise LogUnreadable("A log without its first event has no summary.")
    lost = is_lost(state, alive=alive, now=now, unheard=unheard)
    return {
        "run": accepted.run,
        "state": "lost" if lost else state.phase,
        "notebook": accepted.notebook,
        "pipeline": accepted.pipeline,
        "created_at": accepted.at,
        "duration_s": _duration(state, lost=lost, now=now),
        "parameters": dict(accepted.parameters),
        "metrics": state.metrics,
        "steps": {
            name: _step_form(step, run=state.phase, lost=lost, now=now)
            | _units_form(state, name, lost=lost, now=now)
            for name, step in state.steps.items()
            if parent_of(name) is None
        },
        "executed": state.last.executed if state.last else None,
        "error": _error(state, unheard, lost=lost),
        "unheard": None if unheard is None or state.ended else unheard.to_json(),
        "sweep": accepted.sweep,
        "resumes": accepted.resumes,
    }


def unreadable(
    *, run: str, notebook: str, pipeline: str, created_at: float, error: LogUnreadable
) -> dict[str, Any]:
    """Return what a list of runs shows of one whose log cannot be read."""
    failure = ev.Failure(code=error.code, ename=type(error).__name__, evalue=str(error))
    return {
        "run": run,
        "state": "lost",
        "notebook": notebook,
        "pipeline": pipeline,
        "created_at": created_at,
        "duration_s": None,
        "parameters": {},
        "metrics": {},
        "steps": {},
        "executed": None,
        "error": {"step": None, **failure.to_json()},
        "unheard": None,
        "sweep": None,
        "resumes": None,
    }


def _duration(state: RunState, *, lost: bool, now: float) -> float | None:
    if state.last is not None:
        return state.last.duration_s
    return None if lost or state.accepted is None else max(0.0, now - state.accepted.at)


def _step_form(step: StepState, *, run: RunPhase, lost: bool, now: float) -> dict[str, Any]:
    phase = _phase(step, lost=lost)
    duration = step.duration_s
    if phase == "running" and step.started_at is not None:
        duration = max(0.0, now - step.started_at)
    form: dict[str, Any] = {"state": phase, "duration_s": duration, "attempts": step.attempt}
    if step.warnings:
        form["warnings"] = list(step.warnings)
    for name in ("reason", "because", "from_run", "saved_s"):
        if (value := getattr(step, name)) is not None:
            form[name] = value
    if step.error is not None:
        form["error"] = step.error.to_json()
    return form


def _units_form(state: RunState, name: str, *, lost: bool, now: float) -> dict[str, Any]:
    """Return what is said of the units of a step that runs once for each item of a list."""
    step = state.steps[name]
    if step.items is None:
        return {}
    units = [(unit, state.steps[unit]) for unit in (child_name(name, i) for i in range(step.items))]
    return {
        "items": step.items,
        "items_ended": step.items_ended,
        "units": {
            unit: {"item": of.label, **_step_form(of, run=state.phase, lost=lost, now=now)}
            for unit, of in units
        },
    }


def _phase(step: StepState, *, lost: bool) -> StepPhase:
    if not lost or step.ended:
        return step.phase
    # A step that was never handed out certainly did not run; of the others nothing is known.
    return "skipped" if step.phase == "waiting" and not step.retry_pending else "lost"


def _error(state: RunState, unheard: Unheard | None, *, lost: bool) -> dict[str, Any] | None:
    if lost and unheard is not None:
        failure = ev.Failure(
            code=unheard.code,
            ename="ClusterUnknown",
            evalue=f"Where the run is cannot be told any more: {unheard.why}",
            hint="It may well go on there. Put the cluster back into your list, and look at the "
            "run again: it is taken up where it is.",
        )
        return {"step": None, **failure.to_json()}
    if lost:
        failure = ev.Failure(
            code="driver-lost",
            ename="DriverLost",
            evalue="The process that led this run ended without saying how the run ended.",
            hint="Run it again. driver.log in the run's folder holds the last words of the driver.",
        )
        return {"step": None, **failure.to_json()}
    if isinstance(state.last, ev.RunFailed) and state.last.error is not None:
        return {"step": state.last.step, **state.last.error.to_json()}
    return None
