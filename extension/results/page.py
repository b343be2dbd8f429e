"""A run as a few lines of HTML: shown while it runs, and kept by a saved notebook.

Pure: states in, text out. Everything that comes from a notebook is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from nbprism.compiler.plan import Plan
from nbprism.runner.flow.children import parent_of
from nbprism.runner.flow.state import ENDED_RUNS, RunState, StepState

COLOURS: Final[Mapping[str, str]] = {
    "waiting": "#8a8a8a",
    "queued": "#0288a7",
    "running": "#b26a00",
    "succeeded": "#2e7d32",
    "reused": "#1565c0",
    "skipped": "#8a8a8a",
    "failed": "#c62828",
    "crashed": "#ad1457",
    "cancelled": "#8a8a8a",
    "cancelling": "#8a8a8a",
    "accepted": "#0288a7",
    "lost": "#ad1457",
}
"""Readable on light and on dark grounds."""

CELL: Final = "text-align:left;padding:1px 12px 1px 0;white-space:nowrap"


def run_page(state: RunState, plan: Plan, *, now: float, lost: bool = False) -> str:
    """Return the run as HTML: a line about the whole, a row per step, the metrics."""
    return "".join(
        [
            '<div style="font-size:13px;line-height:1.5">',
            _heading(state, plan, now, lost=lost),
            '<table style="border-collapse:collapse"><tbody>',
            *(_row(name, step, plan, now) for name, step in _steps(state).items()),
            "</tbody></table>",
            _metrics(state.metrics),
            _trouble(state),
            "</div>",
        ]
    )


def _heading(state: RunState, plan: Plan, now: float, *, lost: bool) -> str:
    phase = "lost" if lost else state.phase
    run = state.accepted.run if state.accepted else ""
    steps = _steps(state).values()
    done = sum(step.ended for step in steps)
    began = state.accepted.at if state.accepted else now
    took = state.last.duration_s if state.last else max(0.0, now - began)
    progress = "" if phase in ENDED_RUNS else f", {done} of {len(steps)} steps"
    return (
        f"<div><b>{escape(plan.pipeline)}</b> {coloured(phase)}{progress}, {took:.1f} s "
        f'<span style="opacity:.6">{escape(run)}</span></div>'
    )


def _steps(state: RunState) -> dict[str, StepState]:
    """Return the steps without the items of a loop, which are counted in the row of their step."""
    return {name: step for name, step in state.steps.items() if parent_of(name) is None}


def _row(name: str, step: StepState, plan: Plan, now: float) -> str:
    time = ""
    if step.duration_s is not None and step.ended:
        time = f"{step.duration_s:.1f} s"
    elif step.phase == "running" and step.started_at is not None:
        time = f"{max(0.0, now - step.started_at):.0f} s"
    cells = [escape(name), coloured(step.phase), time, _remark(name, step, plan)]
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _remark(name: str, step: StepState, plan: Plan) -> str:
    if step.error is not None:
        return escape(f"{step.error.ename}: {step.error.evalue}"[:120])
    if step.reason:
        return escape(step.reason)
    if step.items is not None and step.phase in {"running", "succeeded"}:
        return f"{step.items_ended} of {step.items} items"
    if step.phase == "waiting" and (needs := _needs(name, plan)):
        return f'<span style="opacity:.6">after {escape(", ".join(needs))}</span>'
    return f"attempt {step.attempt}" if step.attempt > 1 else ""


def _needs(name: str, plan: Plan) -> tuple[str, ...]:
    return next((unit.needs for unit in plan.units if unit.step == name), ())


def _metrics(metrics: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{escape(name)} = <b>{escape(short(v))}</b>" for name, v in metrics.items())
    return f"<div>{shown}</div>" if shown else ""


def _trouble(state: RunState) -> str:
    error = getattr(state.last, "error", None)
    if error is None:
        return ""
    where = getattr(state.last, "step", None)
    step = f"Step {escape(where)}: " if where else ""
    text = f"{step}{escape(f'{error.ename}: {error.evalue}')} {escape(error.hint)}"
    return f'<div style="color:{COLOURS["failed"]}">{text}</div>'


def coloured(phase: str) -> str:
    """Return the name of a state in its colour."""
    return f'<span style="color:{COLOURS.get(phase, "inherit")}">{phase}</span>'


def short(value: Any) -> str:
    """Return a parameter or a metric as text, numbers to six significant digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def counted(number: int, noun: str) -> str:
    """Return "1 step", "7 steps"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def run_text(state: RunState, plan: Plan, *, lost: bool = False) -> str:
    """Return the run as a compact table of plain text."""
    width = max(map(len, _steps(state)), default=0)
    run = state.accepted.run if state.accepted else plan.pipeline
    return "\n".join([f"{run}: {'lost' if lost else state.phase}", *_text_rows(state, width)])


def _text_rows(state: RunState, width: int) -> Iterator[str]:
    for name, step in _steps(state).items():
        took = "" if step.duration_s is None else f"{step.duration_s:8.1f} s"
        yield f"  {name:{width}}  {step.phase:10}{took}".rstrip()
    for name, value in state.metrics.items():
        yield f"  {name} = {short(value)}"


def graph_text(plan: Plan) -> str:
    """Return the graph of steps in the language of Mermaid, which Jupyter draws."""
    number = {unit.step: f"s{n}" for n, unit in enumerate(plan.units)}
    lines = ["flowchart LR"]
    lines += [f'  {number[unit.step]}["{unit.step}"]' for unit in plan.units]
    for unit in plan.units:
        for need in unit.needs:
            names = sorted(name for name, source in unit.inputs.items() if source == need)
            label = f'|"{", ".join(names)}"|' if names else ""
            lines.append(f"  {number[need]} -->{label} {number[unit.step]}")
    return "\n".join(lines)
