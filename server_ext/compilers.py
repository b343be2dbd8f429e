"""A compiler for each notebook that is open, so that compiling while one types costs the edit."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from nbprism.compiler import Compiler

MOST = 8
"""Notebooks that are remembered; those that were not compiled for longest are forgotten first."""


class Compilers:
    """The compilers of the notebooks that were compiled last. Fit for several threads."""

    def __init__(self) -> None:
        self._recent: OrderedDict[Path, Compiler] = OrderedDict()
        self._lock = Lock()

    def of(self, notebook: Path) -> Compiler:
        """Return the compiler that knows the notebook best."""
        with self._lock:
            compiler = self._recent.setdefault(notebook, Compiler())
            self._recent.move_to_end(notebook)
            while len(self._recent) > MOST:
                self._recent.popitem(last=False)
            return compiler
