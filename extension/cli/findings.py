"""Diagnostics as lines on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from nbprism.compiler import Diagnostic, Pipeline

COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


def print_findings(console: Console, pipeline: Pipeline) -> None:
    """Print every diagnostic with its place and its hint."""
    positions = {cell.id: cell.index + 1 for cell in pipeline.cells}
    for finding in pipeline.diagnostics:
        place = _place(finding, positions)
        colour = COLOURS[finding.severity]
        console.print(
            f"[{colour}]{finding.severity}[/] {escape(place)}{escape(finding.message)} "
            f"[dim]({finding.code})[/]",
            soft_wrap=True,
            highlight=False,
        )
        if finding.hint:
            console.print(f"  [dim]{escape(finding.hint)}[/]", soft_wrap=True, highlight=False)


def _place(finding: Diagnostic, positions: dict[str, int]) -> str:
    if finding.cell is None:
        return ""
    line = f", line {finding.line}" if finding.line else ""
    return f"cell {positions.get(finding.cell, '?')}{line}: "
