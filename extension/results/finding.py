"""Finding runs by where one is and what one remembers of their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbprism.results.errors import RunAmbiguous
from nbprism.runner.errors import RunNotFound
from nbprism.runner.store import RunFolder, Store


def stores_near(place: Path | None = None) -> list[Store]:
    """Return the stores in a folder (default: the working one), one below it, and above it."""
    here = (place or Path.cwd()).absolute()
    near = [
        *here.glob(".nbprism"),
        *here.glob("*/.nbprism"),
        *(up / ".nbprism" for up in here.parents),
    ]
    return [Store(path) for path in near if path.is_dir()]


def find_run(run: str, store: Store | None = None) -> RunFolder:
    """Return the run of that id, or of that unique beginning or end of an id.

    Raises:
        RunNotFound: no store near here, or not that store, has such a run.
        RunAmbiguous: several runs fit.
    """
    stores = stores_near() if store is None else [store]
    fitting = [found for near in stores for found in near.runs() if _fits(found.id, run)]
    if not fitting:
        raise RunNotFound(f"There is no run '{run}' here. `nbprism runs` lists those there are.")
    if len(fitting) > 1:
        names = ", ".join(found.id for found in fitting)
        raise RunAmbiguous(f"'{run}' fits several runs: {names}. Give more of the name.")
    return fitting[0]


def runs_near(notebook: Path | None = None, store: Store | None = None) -> Iterator[RunFolder]:
    """Yield the runs of a notebook, or all near here, newest first in each store."""
    if notebook is not None:
        yield from (store or Store.beside(notebook)).runs_of(notebook)
        return
    for near in stores_near() if store is None else [store]:
        yield from near.runs()


def _fits(run_id: str, wanted: str) -> bool:
    return run_id == wanted or run_id.startswith(wanted) or run_id.endswith(f"-{wanted}")
