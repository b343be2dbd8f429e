"""Code that stands in a step's settings, as cells above the step's own.

So the names in it are inputs and parameters of the step like any others, with the same findings.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import CodeCell
from nbprism.compiler.reading.cell_ids import OURS
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.walk.library.tables import COPIES

_WHEN: Final = f"{OURS}when-"
_FOREACH: Final = f"{OURS}foreach-"
_DEFAULT: Final = StepSettings()


def with_setting_cells(
    code: Sequence[CodeCell], settings: Mapping[str, StepSettings]
) -> tuple[CodeCell, ...]:
    """Return the cells, with the code of a step's settings in cells above the step's first one."""
    return tuple(_with_setting_cells(code, settings))


def _with_setting_cells(
    code: Sequence[CodeCell], settings: Mapping[str, StepSettings]
) -> Iterator[CodeCell]:
    begun: set[str] = set()
    for cell in sorted(code, key=lambda cell: cell.index):
        if cell.step is not None and cell.step not in begun:
            begun.add(cell.step)
            yield from _cells_of(settings.get(cell.step, _DEFAULT), cell, cell.step)
        yield cell


def _cells_of(settings: StepSettings, first: CodeCell, step: str) -> Iterator[CodeCell]:
    if (over := settings.foreach) is not None:
        # Each item arrives as a copy: changing it changes nothing in the list.
        source = f"{over.variable} = {COPIES}({over.name})[0]"
        yield CodeCell(f"{_FOREACH}{step}", first.index, "step", step, source)
    if settings.when is not None:
        source = ast.unparse(ast.parse(settings.when, mode="eval"))
        yield CodeCell(f"{_WHEN}{step}", first.index, "step", step, source)


def purpose(cell_id: str) -> str:
    """Return what a setting reads a name for, or an empty text for a cell of the notebook."""
    if cell_id.startswith(_WHEN):
        return "for its condition"
    return "to run once for each item" if is_foreach(cell_id) else ""


def is_foreach(cell_id: str) -> bool:
    """Return whether the cell is made of a `foreach`."""
    return cell_id.startswith(_FOREACH)


def in_notebook(finding: Diagnostic) -> Diagnostic:
    """Return a finding about a setting as one about its step, whose place people know."""
    if finding.cell is None or not purpose(finding.cell):
        return finding
    what = "condition (`when`)" if finding.cell.startswith(_WHEN) else "`foreach`"
    message = finding.message.replace(
        f"Step `{finding.step}` reads", f"The {what} of step `{finding.step}` reads"
    )
    return replace(finding, cell=None, line=None, message=message, setting="when", fix=None)
