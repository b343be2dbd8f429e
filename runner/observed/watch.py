"""Observing one unit, from its header cell to the end of its kernel."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbprism.runner.observed import doors, questions
from nbprism.runner.observed.hook import Observer
from nbprism.runner.observed.ledger import Ledger
from nbprism.runner.observed.modules import local_modules
from nbprism.runner.observed.report import files
from nbprism.runner.observed.scope import Scope
from nbprism.runner.observed.unwritten import write_out
from nbprism.runner.observed.variables import Variables


class Watch:
    """What the cells of this process do to files, from now on."""

    def __init__(
        self, store: Path, run: str, private: Path | None, files: Mapping[str, str]
    ) -> None:
        """Begin.

        Args:
            run: The run that the unit is of.
            store: The store's folder: what is in it is nbprism's.
            private: Another folder that is nbprism's, if there is one.
            files: What the compiler knows of: path -> `reads`, `writes` or `changes`.
        """
        places = [store] if private is None else [store, private]
        self._scope = Scope(Path.cwd(), places)
        self._observer = Observer(store, self._scope, Ledger(store, run))
        for path, usage in files.items():
            self._observer.expect(path, usage)
        self._known = frozenset(sys.modules)
        self._since = time.time()
        sys.addaudithook(self._observer)
        doors.watch(self._observer.told)
        questions.watch(self._scope, self._observer.asked_about)
        self._variables = Variables(self._scope)
        self._variables.watch()
        self._first = 0
        """The number of the first of the step's own cells."""
        _on_each_cell(self._observer)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let nbprism do work of its own in this thread."""
        with self._observer.aside():
            yield

    def report(self, own_cells: int | None) -> dict[str, Any]:
        """Return the manifest's `files`, `environment` and `modules`.

        Args:
            own_cells: How many of the cells before this one are the step's own; None for all.
        """
        self._first = 0 if own_cells is None else self._observer.cell - own_cells
        found = self._report()
        self._observer.enter_cell("")  # what exit handlers do counts as one more
        return found

    def reported_at_exit(self) -> dict[str, Any] | None:
        """Return the report anew, or None if nothing was written since the last one."""
        return self._report() if self._observer.has_written_now else None

    def _report(self) -> dict[str, Any]:
        with self._observer.aside():
            self._observer.hear_forks()
        if self._observer.has_written:
            write_out()
        return {
            "files": files(self._observer, self._first),
            "environment": self._variables.sealed(),
            "modules": local_modules(self._observer.store, self._scope, self._known, self._since),
        }


def _on_each_cell(observer: Observer) -> None:
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    def nbprism_enter_cell(info: Any) -> None:
        observer.enter_cell(info.raw_cell or "")

    if (shell := get_ipython()) is not None:
        shell.events.register("pre_run_cell", nbprism_enter_cell)
