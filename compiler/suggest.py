"""Proposes tags for a notebook that has no steps yet.

The compiler has the last word: where it finds an error between two proposed steps they are joined,
until the errors are gone or are those that the notebook has anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbprism.compiler.compilation import compile_notebook
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.kale.notebook import is_kale
from nbprism.compiler.pipeline import Pipeline
from nbprism.compiler.reading.notebook import Notebook, NotebookCell, read_notebook
from nbprism.compiler.tagging.cell_kinds import CellKind, kind_of
from nbprism.compiler.tagging.sections import Section, find_sections
from nbprism.compiler.tagging.step_names import ROLE_TAGS
from nbprism.compiler.tagging.tags import STEP_PREFIX

_ROLES: Mapping[CellKind, str] = {
    "install": "skip",
    "imports": "imports",
    "definitions": "functions",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Tags that a notebook could have."""

    tags: Mapping[str, tuple[str, ...]]
    """Cell id -> the tags to add to it."""
    pipeline: Pipeline
    """What the notebook compiles to with them."""


def suggest(notebook: Notebook) -> Proposal:
    """Return tags for a notebook without steps; a notebook that has steps gets none."""
    untagged = compile_notebook(notebook)
    if is_kale(notebook) or any(_has_step(cell) for cell in notebook.cells):
        return Proposal({}, untagged)
    roles = _roles(notebook)
    computing = {cell.id for cell in _open_cells(notebook)} - set(roles)
    sections = find_sections(notebook.cells, computing, lambda: _needs(notebook, computing))
    return _settled(notebook, roles, sections, {error.code for error in untagged.errors})


def with_tags(notebook: Notebook, tags: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the notebook's JSON with tags added to its cells."""
    cells = [_tagged(cell, tags.get(cell["id"], ())) for cell in notebook.raw["cells"]]
    return dict(notebook.raw) | {"cells": cells}


def _tagged(cell: Mapping[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    old = cell["metadata"].get("tags", [])
    if not tags or not isinstance(old, list):
        return dict(cell)
    return dict(cell) | {"metadata": cell["metadata"] | {"tags": [*old, *tags]}}


def _has_step(cell: NotebookCell) -> bool:
    return any(tag.startswith(STEP_PREFIX) for tag in cell.tags)


def _open_cells(notebook: Notebook) -> Iterator[NotebookCell]:
    """Yield the code cells that no role tag has placed yet."""
    for cell in notebook.cells:
        if cell.kind == "code" and not set(ROLE_TAGS) & set(cell.tags):
            yield cell


def _roles(notebook: Notebook) -> dict[str, str]:
    """Return role tags for cells that are no part of a step: imports, functions, parameters."""
    roles: dict[str, str] = {}
    computing = False
    for cell in _open_cells(notebook):
        kind = kind_of(cell.source)
        if kind in _ROLES:
            roles[cell.id] = _ROLES[kind]
        elif kind == "constants" and not computing:
            roles[cell.id] = "parameters"
        elif kind != "empty":
            computing = True
    return roles


def _needs(notebook: Notebook, cells: Iterable[str]) -> set[tuple[str, str]]:
    """Return which cell needs which, as the compiler sees them when each is a step."""
    names = {cell: f"cell_{notebook.cell(cell).index}" for cell in cells}
    alone = {cell: [f"{STEP_PREFIX}{name}"] for cell, name in names.items()}
    cell_of = {name: cell for cell, name in names.items()}
    edges = compile_notebook(read_notebook(with_tags(notebook, alone))).edges
    return {
        (cell_of[edge.source], cell_of[edge.target])
        for edge in edges
        if edge.source in cell_of and edge.target in cell_of
    }


def _settled(
    notebook: Notebook, roles: dict[str, str], sections: list[Section], own: set[str]
) -> Proposal:
    """Return the proposal after the compiler's objections; `own` are errors it has anyway."""
    while True:
        tags = _tags(roles, sections)
        pipeline = compile_notebook(
            read_notebook(with_tags(notebook, tags), name=notebook.name, path=notebook.path)
        )
        parameters = [cell for cell, role in roles.items() if role == "parameters"]
        if parameters and any(d.code == "parameter-shadowed" for d in pipeline.diagnostics):
            del roles[parameters[-1]]
            continue
        place = _curable([e for e in pipeline.errors if e.code not in own], sections)
        if place is None:
            return Proposal(tags, pipeline)
        sections[place].cells.extend(sections.pop(place + 1).cells)


def _tags(roles: Mapping[str, str], sections: Sequence[Section]) -> dict[str, tuple[str, ...]]:
    tags: dict[str, tuple[str, ...]] = {cell: (role,) for cell, role in roles.items()}
    for section in sections:
        for cell in section.cells:
            step = f"{STEP_PREFIX}{section.name}"
            is_metrics = kind_of(cell.source) == "metrics"
            tags[cell.id] = (step, "metrics") if is_metrics else (step,)
    return tags


def _curable(errors: Iterable[Diagnostic], sections: Sequence[Section]) -> int | None:
    """Return the place of a section that, joined with the next one, may lose its error."""
    names = [section.name for section in sections]
    for error in errors:
        if error.step in names and len(names) > 1:
            return min(names.index(error.step), len(names) - 2)
    return None
