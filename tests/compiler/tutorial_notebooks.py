"""Tutorial notebooks, as Python sources in the percent format in `tutorials/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from written import code, raw_notebook, text

from nbprism.compiler import Notebook, read_notebook

TUTORIALS = sorted((Path(__file__).parent / "tutorials").glob("*.txt"))


def untagged(path: Path) -> Notebook:
    """Return the notebook as its author wrote it."""
    return _read(path, list(_cells(path)))


def cell_by_cell(path: Path) -> Notebook:
    """Return the notebook with a step for each of its cells; imports stay what they are."""
    cells = list(_cells(path))
    number = 0
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["metadata"] = {"tags": [f"step:s{number}" if number else "imports"]}
            number += 1
    return _read(path, cells)


def _read(path: Path, cells: list[dict[str, Any]]) -> Notebook:
    return read_notebook(raw_notebook(*cells), name=path.stem)


def _cells(path: Path) -> list[dict[str, Any]]:
    pieces = path.read_text(encoding="utf-8").split("# %%")[1:]
    return [_cell(piece) for piece in pieces]


def _cell(piece: str) -> dict[str, Any]:
    kind, _, source = piece.partition("\n")
    source = source.strip("\n")
    return text(source.replace("# #", "#")) if "markdown" in kind else code(source)
