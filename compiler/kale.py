"""Kale notebooks, read as they are."""

from __future__ import annotations

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.notebook import Notebook


def read_kale(notebook: Notebook) -> tuple[Notebook, tuple[Diagnostic, ...]]:
    """Return the notebook in nbprism's own terms, and what of Kale's has none there."""
    return notebook, ()
