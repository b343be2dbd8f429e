"""Reads one notebook time and again while it is edited: cells that are as they were are known.

A cell is known by its bytes as `marshal` writes them. They tell apart all that JSON tells apart,
the order of keys too, and cost a fifth of its JSON; they are compared and never read back.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbprism.compiler.errors import NotebookUnreadable
from nbprism.compiler.reading.notebook import (
    MAX_NOTEBOOK_BYTES,
    Notebook,
    NotebookCell,
    read_notebook,
    size_findings,
)

_FORM = 2
"""Of marshal: the last one in which equal values always have equal bytes."""
_ROOM = MAX_NOTEBOOK_BYTES // 8
"""Bytes of cells that are remembered. As JSON they are within the limit, whatever they hold."""

_Known = tuple[dict[str, Any], NotebookCell]
"""A cell's JSON, checked and complete, and the cell."""


class Reader:
    """Remembers the cells of the notebook that it read last."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}

    def read(self, raw: Mapping[str, Any], *, name: str, path: Path | None = None) -> Notebook:
        """Return what `read_notebook` returns.

        Raises:
            NotebookUnreadable: as `read_notebook` does.
        """
        notebook = self._again(raw, name)
        if notebook is None:
            self._known = {}
            notebook = read_notebook(raw, name=name)
        return notebook if path is None else replace(notebook, path=path)

    def _again(self, raw: Mapping[str, Any], name: str) -> Notebook | None:
        """Return the notebook, or None where all cells have to be read together."""
        marks = _marks(raw.get("cells"))
        if not marks:
            return None
        new = [place for place, mark in enumerate(marks) if mark not in self._known]
        try:
            part = read_notebook({**raw, "cells": [raw["cells"][n] for n in new]}, name=name)
        except NotebookUnreadable:
            return None  # whose sentence is to count cells from the first one
        known = self._known
        for place, plain, cell in zip(new, part.raw["cells"], part.cells, strict=True):
            known[marks[place]] = plain, cell
        self._known = {
            mark: one if (one := known[mark])[1].index == place else _placed(one, place)
            for place, mark in enumerate(marks)
        }
        ids_derived = part.findings != tuple(size_findings(len(new)))
        cells = tuple([cell for _, cell in self._known.values()])
        if ids_derived or len({cell.id for cell in cells}) < len(marks):
            return None  # which id a cell gets depends on those of all others
        return replace(
            part,
            cells=cells,
            raw={**part.raw, "cells": [plain for plain, _ in self._known.values()]},
            findings=tuple(size_findings(len(marks))),
        )


def _marks(cells: object) -> list[bytes]:
    """Return what each cell is known by; nothing if that cannot be told, or they are too big."""
    try:
        marks = [marshal.dumps(cell, _FORM) for cell in cells] if isinstance(cells, list) else []
    except ValueError:
        return []  # something in it is no JSON, or a dictionary of a class of its own
    return marks if sum(map(len, marks)) <= _ROOM else []


def _placed(known: _Known, place: int) -> _Known:
    plain, cell = known
    return plain, replace(cell, index=place)
