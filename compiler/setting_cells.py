"""Code that stands in a step's settings, as cells above the step's own.

So the names in it are inputs and parameters of the step like any others, with the same findings.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nbprism.compiler.cell_ids import OURS
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import CodeCell
from nbprism.compiler.settings import StepSettings

_WHEN: Final = f"{OURS}when-"


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
            when = settings.get(cell.step, StepSettings()).when
            if when is not None:
                source = ast.unparse(ast.parse(when, mode="eval"))
                yield CodeCell(f"{_WHEN}{cell.step}", cell.index, "step", cell.step, source)
        yield cell


def is_condition(cell_id: str) -> bool:
    """Return whether the cell is a condition, and not one of the notebook."""
    return cell_id.startswith(_WHEN)


def in_notebook(finding: Diagnostic) -> Diagnostic:
    """Return a finding about a condition as one about its step, whose place people know."""
    if finding.cell is None or not is_condition(finding.cell):
        return finding
    message = finding.message.replace(
        f"Step `{finding.step}` reads", f"The condition (`when`) of step `{finding.step}` reads"
    )
    return replace(finding, cell=None, line=None, message=message, setting="when", fix=None)
