"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbprism

HERE = Path(__file__).parent
NOTEBOOKS = HERE / "notebooks"
"""Copies of the examples, made for each build: Sphinx reads nothing outside its own folder."""

project = "nbprism"
author = "the nbprism developers"
release = nbprism.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["notebooks/.nbprism", "adr/template.md"]
html_theme = "furo"
html_title = "nbprism"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
autodoc_member_order = "bysource"
autodoc_typehints = "description"
# Links to files of the repository that are no pages, such as `../examples/`.
suppress_warnings = ["myst.xref_missing"]


def _copy_examples() -> None:
    shutil.rmtree(NOTEBOOKS, ignore_errors=True)
    NOTEBOOKS.mkdir()
    for path in sorted((HERE.parent / "examples").glob("*.ipynb")):
        shutil.copy(path, NOTEBOOKS)


def _show_as_code(
    _app: Any, what: str, _name: str, _thing: Any, _options: Any, lines: list[str]
) -> None:
    """Let what a module's docstring indents be code, as it is for whoever reads the source."""
    if what != "module":
        return
    starts = [
        n for n in range(1, len(lines)) if lines[n][:4] == "    " and not lines[n - 1].strip()
    ]
    for n in reversed([n for n in starts if n == starts[0] or lines[n - 2][:4] != "    "]):
        lines[n:n] = ["::", ""]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _show_as_code)


_copy_examples()
