"""Cells to steps: what every cell of a notebook counts as.

Tagged cells say it themselves. An untagged code cell continues the step above it; before the first
step it is setup where it only imports, defines or configures, and the implicit step `setup`
otherwise. A notebook that tags no step is one step. Nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import CodeCell
from nbprism.compiler.notebook import Notebook, NotebookCell
from nbprism.compiler.pipeline import Cell
from nbprism.compiler.step_names import METRICS_STEP, SETUP_STEP, WHOLE_NOTEBOOK
from nbprism.compiler.tags import CellTags, read_tags


@dataclass(frozen=True, slots=True)
class Assignment:
    """What every cell counts as, and which cells each step has."""

    cells: tuple[Cell, ...]
    code: tuple[CodeCell, ...]
    """The cells that data flow looks at: no text, nothing skipped."""
    steps: Mapping[str, tuple[str, ...]]
    """Step -> ids of its cells, both in notebook order."""
    findings: tuple[Diagnostic, ...] = ()


def assign_steps(notebook: Notebook, is_setup: Callable[[str], bool]) -> Assignment:
    """Return what every cell of the notebook counts as.

    Args:
        notebook: The cells and their tags.
        is_setup: Says of a source whether it only imports, defines or configures.
    """
    tags = {cell.id: read_tags(cell) for cell in notebook.cells if cell.kind == "code"}
    whole = not any(tag.step for tag in tags.values())
    walk = _Walk(is_setup, WHOLE_NOTEBOOK if whole else None)
    cells = tuple(walk.place(cell, tags.get(cell.id)) for cell in notebook.cells)
    findings = tuple(finding for tag in tags.values() for finding in tag.findings)
    code = tuple(_code(notebook.cells, cells))
    return Assignment(cells, code, _cells_by_step(cells), findings)


class _Walk:
    """Goes through the cells in order and remembers the step above."""

    def __init__(self, is_setup: Callable[[str], bool], whole: str | None) -> None:
        self.is_setup = is_setup
        self.whole = whole
        self.current = whole

    def place(self, cell: NotebookCell, tags: CellTags | None) -> Cell:
        if tags is None:
            return Cell(cell.id, cell.index, "text")
        if tags.step is not None:
            self.current = tags.step
            return Cell(cell.id, cell.index, tags.role or "step", tags.step)
        if tags.role == "metrics":
            self.current = self.whole or METRICS_STEP
            return Cell(cell.id, cell.index, "metrics", self.current)
        if tags.role is not None:
            return Cell(cell.id, cell.index, tags.role)
        return self.untagged(cell)

    def untagged(self, cell: NotebookCell) -> Cell:
        if self.current is not None:
            return Cell(cell.id, cell.index, "step", self.current)
        if self.is_setup(cell.source):
            return Cell(cell.id, cell.index, "setup")
        return Cell(cell.id, cell.index, "step", SETUP_STEP)


def _code(sources: Iterable[NotebookCell], cells: Iterable[Cell]) -> Iterable[CodeCell]:
    for source, cell in zip(sources, cells, strict=True):
        if cell.role not in ("text", "skip"):
            yield CodeCell(cell.id, cell.index, cell.role, cell.step, source.source)


def _cells_by_step(cells: Iterable[Cell]) -> dict[str, tuple[str, ...]]:
    steps: dict[str, list[str]] = {}
    for cell in cells:
        if cell.step is not None:
            steps.setdefault(cell.step, []).append(cell.id)
    return {step: tuple(ids) for step, ids in steps.items()}
