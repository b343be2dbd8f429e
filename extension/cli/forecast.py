"""What `nbprism run --dry-run` prints: per step reuse or run, and why."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nbprism.runner.reuse.causes import in_words
from nbprism.runner.reuse.forecast import Forecast, StepForecast

LOOKS = {"reuse": "blue", "run": "yellow", "may run": "yellow", "skip": "dim"}


def print_forecast(found: Forecast) -> None:
    """Print what a run would do, a line per step."""
    Console().print(_table(found))
    click.echo(_sum(found))


def _table(found: Forecast) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("step", "would", "takes", "because"):
        table.add_column(heading, overflow="fold")
    for step in found.steps:
        word = _word(step)
        table.add_row(step.step, Text(word, LOOKS[word]), _time(step), _why(step))
    return table


def _word(step: StepForecast) -> str:
    return step.action if step.certain else "may run"


def _time(step: StepForecast) -> str:
    if step.action != "run":
        return ""
    return "?" if step.expected_s is None else f"{step.expected_s:.1f} s"


def _why(step: StepForecast) -> str:
    if step.record is not None:
        return f"nothing changed since run {step.record.run} ({step.record.duration_s:.1f} s saved)"
    return in_words(step.causes)


def _sum(found: Forecast) -> str:
    running = sum(step.action == "run" for step in found.steps)
    reused = sum(step.action == "reuse" for step in found.steps)
    about = "" if found.expected_s is None else f", about {found.expected_s:.1f} s"
    return f"{running} to run{about if running else ''}; {reused} reused."
