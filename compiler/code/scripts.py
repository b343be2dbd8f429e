"""Files beside the notebook whose code runs in it: `%run other.py`, `from helpers import *`.

Read along with the cell that names them, so that what a cell means is all in the cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from nbprism.compiler.code.magics import parse_cell
from nbprism.compiler.flow import CodeCell

_RUN = re.compile(r"^\s*%run\s+(.*)$", re.MULTILINE)
_STAR = re.compile(r"^\s*from\s+(\w[\w.]*)\s+import\s+\*", re.MULTILINE)
_FLAGS_WITH_VALUE = ("-m", "-c")
_LARGEST = 1_000_000


def with_scripts(cells: Iterable[CodeCell], folder: Path | None) -> tuple[CodeCell, ...]:
    """Return the cells, those that run or star-import a file in the folder with its text."""
    return tuple(
        replace(cell, scripts=tuple(_scripts(cell.source, folder)))
        if folder is not None and ("%run" in cell.source or "import *" in cell.source)
        else cell
        for cell in cells
    )


def script_of(line: str) -> str:
    """Return the file that a line after `%run` names, or an empty text."""
    words = line.split()
    if any(word in _FLAGS_WITH_VALUE for word in words):
        return ""
    return next((word.strip("'\"") for word in words if not word.startswith("-")), "")


def _scripts(source: str, folder: Path) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(map(script_of, _RUN.findall(source))):
        for path in (folder / name, folder / f"{name}.py") if name else ():
            if (text := _text(path)) is not None:
                yield name, text
                break
    for module in dict.fromkeys(_STAR.findall(source)):
        if (text := _text(folder / f"{module.replace('.', '/')}.py")) is not None:
            yield module, text


def _text(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        text = path.read_text(encoding="utf-8")
        return _code_of_notebook(text) if path.suffix == ".ipynb" else text
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _code_of_notebook(text: str) -> str:
    cells = json.loads(text)["cells"]
    sources = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return "\n".join(parse_cell(source).text for source in sources)
