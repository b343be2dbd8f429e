"""Runs of cells that would make good steps: by headings, by what cells do, and by data flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from nbprism.compiler.reading.notebook import NotebookCell
from nbprism.compiler.tagging.cell_kinds import CellKind, assigned_name, kind_of
from nbprism.compiler.tagging.headings import last_heading, step_name_of
from nbprism.compiler.tagging.step_names import METRICS_STEP, SETUP_STEP, allowed_name

Needs = Callable[[], Collection[tuple[str, str]]]
"""Gives pairs of cells of which the second needs a value from the first."""

_MOST_SECTIONS = 12
"""A pipeline of more steps is hard to read; whoever wants it can tag further."""

_DEEPEST_HEADING = 6
_FIRST_OF_STEP: tuple[CellKind, ...] = ("load", "split", "train", "evaluate")


@dataclass(slots=True)
class Section:
    """Cells in a row that would be one step."""

    name: str
    cells: list[NotebookCell] = field(default_factory=list)


def find_sections(
    cells: Sequence[NotebookCell], computing: Collection[str], needs: Needs
) -> list[Section]:
    """Return the sections that the computing cells of a notebook fall into, names all different.

    Args:
        cells: All cells, headings among them.
        computing: Ids of the code cells that are to be in a step.
        needs: Asked only where several models are trained in one section.
    """
    sections = _under_headings(cells, computing)
    if len(sections) < 2:  # noqa: PLR2004
        sections = _by_kind([cell for cell in cells if cell.id in computing])
    return _named_apart(part for section in sections for part in _models_apart(section, needs))


def _under_headings(cells: Sequence[NotebookCell], computing: Collection[str]) -> list[Section]:
    """Return the sections of the deepest headings that do not make too many of them."""
    sections: list[Section] = []
    for depth in range(1, _DEEPEST_HEADING + 1):
        finer = _down_to(depth, cells, computing)
        if len(finer) > _MOST_SECTIONS and len(sections) > 1:
            break
        sections = finer
    return sections


def _down_to(
    depth: int, cells: Sequence[NotebookCell], computing: Collection[str]
) -> list[Section]:
    """Return a section for each heading of level `depth` or higher that has something below it."""
    title = _title(cells)
    sections = [Section("")]
    for cell in cells:
        heading = last_heading(cell.source) if cell.kind == "markdown" else None
        if heading is not None and heading.level <= depth:
            named = cell.id != title
            sections.append(Section(step_name_of(heading.text) or "" if named else ""))
        elif cell.id in computing:
            sections[-1].cells.append(cell)
    return [section for section in sections if any(map(_does_something, section.cells))]


def _title(cells: Sequence[NotebookCell]) -> str | None:
    """Return the cell with the notebook's title: the one highest heading, before any code."""
    before_code = list(takewhile(lambda cell: cell.kind != "code", cells))
    texts = [cell for cell in cells if cell.kind == "markdown"]
    headings = [(heading, cell) for cell in texts if (heading := last_heading(cell.source))]
    highest = [cell for heading, cell in headings if heading.level == 1]
    return highest[0].id if len(highest) == 1 and highest[0] in before_code else None


def _by_kind(cells: Sequence[NotebookCell]) -> list[Section]:
    """Return a section for each change of what the cells do: load, split, train, evaluate."""
    sections: list[Section] = []
    for cell in cells:
        kind = kind_of(cell.source)
        begins = kind in _FIRST_OF_STEP and not (sections and sections[-1].name == kind)
        if begins or not sections:
            sections.append(Section(kind if kind in _FIRST_OF_STEP else "prepare"))
        sections[-1].cells.append(cell)
    return [section for section in sections if any(map(_does_something, section.cells))]


def _models_apart(section: Section, needs: Needs) -> list[Section]:
    """Return a section per model where several are trained that do not need each other."""
    models = {cell.id for cell in section.cells if kind_of(cell.source) == "train"}
    if len(models) < 2:  # noqa: PLR2004
        return [section]
    pairs = needs()
    if any(source in models and target in models for source, target in pairs):
        return [section]
    common = _last_common(section, models, pairs)
    parts = [Section(_name(section))]
    for cell in section.cells:
        if _begins_part(cell, parts, models, pairs, common):
            parts.append(Section(_name(section)))
        parts[-1].cells.append(cell)
    for part in parts if common is None else parts[1:]:
        part.name = f"{part.name}_{_made(part, models)}"
    return parts


def _last_common(
    section: Section, models: Collection[str], pairs: Collection[tuple[str, str]]
) -> str | None:
    """Return the last cell before the first model that more than one model needs."""
    uses = Counter(source for source, target in pairs if target in models)
    before = takewhile(lambda cell: cell.id not in models, section.cells)
    common = [cell.id for cell in before if uses[cell.id] > 1]
    return common[-1] if common else None


def _begins_part(
    cell: NotebookCell,
    parts: Sequence[Section],
    models: Collection[str],
    pairs: Collection[tuple[str, str]],
    common: str | None,
) -> bool:
    """Return whether a cell is another model's, joins models, or follows what is common."""
    part = [other.id for other in parts[-1].cells]
    if not set(part) & set(models):
        return common is not None and part[-1:] == [common]
    earlier = {other.id for whole in parts[:-1] for other in whole.cells} & set(models)
    return cell.id in models or any((source, cell.id) in pairs for source in earlier)


def _made(part: Section, models: Collection[str]) -> str:
    """Return the name of what a part makes: its model, or else its first value."""
    ordered = sorted(part.cells, key=lambda cell: cell.id not in models)
    names = (assigned_name(cell.source) for cell in ordered)
    return next((name for name in names if name), "rest")


def _name(section: Section) -> str:
    if section.name:
        return section.name
    kinds = [kind_of(cell.source) for cell in section.cells]
    return next((kind for kind in kinds if kind in _FIRST_OF_STEP), "explore")


def _does_something(cell: NotebookCell) -> bool:
    return kind_of(cell.source) != "empty"


def _named_apart(sections: Iterable[Section]) -> list[Section]:
    taken = {SETUP_STEP, METRICS_STEP}
    named = []
    for section in sections:
        plain = allowed_name(_name(section))
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.casefold())
        named.append(Section(name, section.cells))
    return named
