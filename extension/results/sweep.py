"""The runs of a sweep, from Python."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, overload

from nbprism.results.finding import runs_near
from nbprism.results.listing import table_of
from nbprism.results.place import cell_number
from nbprism.results.run import Run
from nbprism.results.sweep_page import sweep_text
from nbprism.results.sweep_rows import row_of, state_of
from nbprism.runner.errors import RunNotFound
from nbprism.runner.store import RunFolder, Store

if TYPE_CHECKING:
    import pandas as pd

_LOOK_S: Final = 0.1


class Sweep(Sequence[Run]):
    """The runs of a sweep, one for each combination of values, the last name changing fastest.

    Each is an ordinary run, and what they have in common is computed once.

    Example:
        >>> sweep = nbprism.sweep("train.ipynb", {"lr": [0.5, 0.25]}).wait()
        >>> sweep.state, [run.metrics["accuracy"] for run in sweep]
        ('succeeded', [0.5, 0.75])
        >>> best = sweep.table["metrics.accuracy"].idxmax()
        >>> nbprism.Run.find(best).parameters
        {'lr': 0.25}
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = tuple(runs)
        self._shown_in: int | None = None

    @classmethod
    def find(cls, sweep: str, store: Path | str | None = None) -> Sweep:
        """Return the sweep of that id, or of that beginning of one.

        Raises:
            RunNotFound: there is none in `store`, or in the stores near the working folder.
        """
        near = runs_near(None, None if store is None else Store(Path(store)))
        if not (found := runs_of(sweep, near)):
            raise RunNotFound(f"There is no sweep '{sweep}' here. `nbprism runs` lists them.")
        return cls(map(Run, found))

    @property
    def id(self) -> str:
        """The sweep's name, which its runs have in common: `sweep-20261126-101500-3fa9`."""
        return str(self._runs[0].summary["sweep"])

    @property
    def state(self) -> str:
        """The state that matters most: `running` while any run is, then `failed` if any has."""
        return state_of([run.state for run in self])

    @property
    def ended(self) -> bool:
        """Whether all its runs have ended."""
        return all(run.ended for run in self)

    @property
    def table(self) -> pd.DataFrame:
        """The runs as they stand, one a row: the columns of `nbprism.runs`, in the sweep's order.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        return table_of([run.summary for run in self])

    def wait(self, timeout_s: float | None = None) -> Self:
        """Return when all runs have ended, whatever the end.

        Raises:
            TimeoutError: some are still going on after `timeout_s` seconds; they go on.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.ended:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"Sweep {self.id} is still {self.state} after {timeout_s:g} s.")
            time.sleep(_LOOK_S)
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._all_ended().__await__()

    async def _all_ended(self) -> Self:
        import asyncio  # as in `run.py`

        while not self.ended:  # noqa: ASYNC110 - what ends it is another process
            await asyncio.sleep(_LOOK_S)
        return self

    def check(self) -> Self:
        """Return the sweep if all its runs succeeded.

        Raises:
            RunUnsuccessful: one did not; the text says which, and how.
            RunUnfinished: one has not ended.
        """
        for run in self:
            run.check()
        return self

    def cancel(self) -> None:
        """Ask all its runs to stop; nothing happens to those that have ended."""
        for run in self:
            run.cancel()

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | Sequence[Run]:
        return self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def show(self, *, wait: bool = False) -> Self:
        """Show how the runs go, here, one a row: live in a notebook, as a table on a terminal.

        With `wait` it returns when all have ended; interrupting cancels them then.
        """
        from nbprism.results.sweep_view import show_here

        self._shown_in = cell_number()
        show_here(self, wait=wait)
        return self

    def _ipython_display_(self) -> None:
        # A cell that ends with `sweep.show()` has shown it already.
        if self._shown_in is None or self._shown_in != cell_number():
            self.show()

    def __repr__(self) -> str:
        return sweep_text(self.id, self.state, [row_of(run.summary) for run in self])


def runs_of(sweep: str, among: Iterable[RunFolder]) -> list[RunFolder]:
    """Return the runs of a sweep, the first point first."""
    listed = [(run.listed(), run) for run in among]
    found = [(told["created_at"], run) for told, run in listed if _is_of(told["sweep"], sweep)]
    return [run for _, run in sorted(found, key=lambda pair: pair[0])]


def _is_of(told: str | None, wanted: str) -> bool:
    return told is not None and told.startswith(wanted)
