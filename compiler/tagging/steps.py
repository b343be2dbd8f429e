"""Cells to steps: what every cell of a notebook counts as.

Tagged cells say it themselves. An untagged code cell continues the step above it; before the first
step it is setup where it only imports, defines or configures, and the implicit step `setup`
otherwise. A notebook that tags no step is one step. Nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import CellRole, CodeCell
from nbprism.compiler.pipeline import Cell
from nbprism.compiler.reading.notebook import Notebook, NotebookCell
from nbprism.compiler.tagging.setup_lines import SetupLines, setup_lines
from nbprism.compiler.tagging.step_names import METRICS_STEP, SETUP_STEP, WHOLE_NOTEBOOK
from nbprism.compiler.tagging.tags import CellTags, read_tags

_SETUP_ROLES = ("imports", "functions")
_cell = lru_cache(maxsize=2**15)(Cell)
"""The cell that is all this: a notebook is read again at every edit, and most cells stay."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What every cell counts as, and which cells each step has."""

    cells: tuple[Cell, ...]
    code: tuple[CodeCell, ...]
    """The cells that data flow looks at: no text, nothing skipped."""
    steps: Mapping[str, tuple[str, ...]]
    """Step -> ids of its cells, both in notebook order."""
    findings: tuple[Diagnostic, ...] = ()
    setup: tuple[str, ...] = ()
    """Implicit steps of setup cells that compute something."""


def assign_steps(
    notebook: Notebook,
    is_setup: Callable[[str], bool],
    known: Mapping[str, CodeCell] = MappingProxyType({}),
) -> Assignment:
    """Return what every cell of the notebook counts as.

    Args:
        notebook: The cells and their tags.
        is_setup: Says of a source whether it only imports, defines or configures.
        known: Code cells as they were before, by id: those that are the same are used again.
    """
    tags = {cell.id: read_tags(cell) for cell in notebook.cells if cell.kind == "code"}
    whole = not any(tag.step for tag in tags.values())
    sources = tuple(cell.source for cell in notebook.cells if _may_be_setup(tags.get(cell.id)))
    walk = _Walk(is_setup, WHOLE_NOTEBOOK if whole else None, setup_lines(sources))
    walk.taken = {tag.step for tag in tags.values() if tag.step is not None}
    cells = tuple(walk.place(cell, tags.get(cell.id)) for cell in notebook.cells)
    findings = [finding for tag in tags.values() for finding in tag.findings]
    code = tuple(_code(notebook.cells, cells, walk.repeatable, known))
    return Assignment(
        cells, code, _cells_by_step(cells), (*findings, *walk.findings), tuple(walk.setups)
    )


def _may_be_setup(tags: CellTags | None) -> bool:
    return tags is not None and tags.step is None and tags.role in (None, *_SETUP_ROLES)


class _Walk:
    """Goes through the cells in order and remembers the step above."""

    def __init__(
        self, is_setup: Callable[[str], bool], whole: str | None, lines: SetupLines
    ) -> None:
        self.is_setup = is_setup
        self.whole = whole
        self.current = whole
        self.lines = lines
        self.taken: set[str] = set()
        """Names of steps that tags give, and of the implicit ones so far."""
        self.setup: str | None = None
        """The implicit step of the setup cells here, until another step begins."""
        self.setups: list[str] = []
        self.repeatable: dict[str, tuple[int, ...]] = {}
        self.findings: list[Diagnostic] = []

    def place(self, cell: NotebookCell, tags: CellTags | None) -> Cell:
        if tags is None:
            return _cell(cell.id, cell.index, "text")
        if tags.step is not None:
            self.current, self.setup = tags.step, None
            return _cell(cell.id, cell.index, tags.role or "step", tags.step)
        if tags.role == "metrics":
            self.current, self.setup = self.whole or METRICS_STEP, None
            return _cell(cell.id, cell.index, "metrics", self.current)
        if tags.role in _SETUP_ROLES and not self.is_setup(cell.source):
            return self.setup_cell(cell, tags.role)
        if tags.role is not None:
            return _cell(cell.id, cell.index, tags.role)
        return self.untagged(cell)

    def setup_cell(self, cell: NotebookCell, role: CellRole) -> Cell:
        """Place a cell tagged as setup that may do more than import, define and configure."""
        line = self.lines.first_that_runs_once(cell.source)
        if line is None:
            return _cell(cell.id, cell.index, role)
        return _cell(cell.id, cell.index, "step", self.computed(cell, line))

    def computed(self, cell: NotebookCell, line: int | None) -> str:
        """Return the step of a setup cell that computes something."""
        if self.whole is not None:
            return self.whole
        if self.setup is None:
            self.setup = _free_name(self.taken)
            self.taken.add(self.setup)
            self.setups.append(self.setup)
        self.repeatable[cell.id] = self.lines.repeatable(cell.source)
        if line is not None:
            self.findings.append(_runs_once(cell, line, self.setup))
        return self.setup

    def untagged(self, cell: NotebookCell) -> Cell:
        if self.current is not None:
            return _cell(cell.id, cell.index, "step", self.current)
        if self.is_setup(cell.source) or self.lines.is_setup(cell.source):
            return _cell(cell.id, cell.index, "setup")
        line = self.lines.first_that_runs_once(cell.source)
        return _cell(cell.id, cell.index, "step", self.computed(cell, line))


def _free_name(taken: Collection[str]) -> str:
    names = (SETUP_STEP, *(f"{SETUP_STEP}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _runs_once(cell: NotebookCell, line: int, step: str) -> Diagnostic:
    return Diagnostic(
        "setup-runs-once", "info",
        f"This cell does more than import, define and configure, so it runs once, as step `{step}`,"
        " and the steps that need its values wait for it. What it imports and defines is still"
        " repeated in every step that needs it.",
        "Tag it `step:NAME` to give the step a name of its own.",
        step, cell.id, line,
    )  # fmt: skip


def _code(
    sources: Iterable[NotebookCell],
    cells: Iterable[Cell],
    repeatable: Mapping[str, tuple[int, ...]],
    known: Mapping[str, CodeCell],
) -> Iterable[CodeCell]:
    for source, cell in zip(sources, cells, strict=True):
        if cell.role not in ("text", "skip"):
            again = repeatable.get(cell.id, ())
            same = known.get(cell.id)
            if (
                same is not None
                and same.index == cell.index
                and same.source == source.source
                and same.step == cell.step
                and same.role == cell.role
                and same.repeatable == again
            ):
                yield same
            else:
                yield CodeCell(cell.id, cell.index, cell.role, cell.step, source.source, again)


def _cells_by_step(cells: Iterable[Cell]) -> dict[str, tuple[str, ...]]:
    steps: dict[str, list[str]] = {}
    for cell in cells:
        if cell.step is not None:
            steps.setdefault(cell.step, []).append(cell.id)
    return {step: tuple(ids) for step, ids in steps.items()}
