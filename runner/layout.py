"""Where things are in a store.

Paths only, and cheap to import: the kernel side (`unit/step.py`) uses it too.
"""

from __future__ import annotations

from glob import escape
from pathlib import Path
from urllib.parse import quote


def run_folder(store: Path, run: str) -> Path:
    """Return the folder that holds everything about one run."""
    return store / "runs" / run


def store_of(folder: Path) -> Path:
    """Return the store that a run's folder is in."""
    return folder.parent.parent


def log(folder: Path) -> Path:
    """Return the file of a run's events."""
    return folder / "events.jsonl"


def manifest(folder: Path, step: str, attempt: int | None = None) -> Path:
    """Return the published manifest of a step, or the unpublished one of an attempt."""
    return folder / "outputs" / _named(step, attempt, "json")


def manifests_of_items(folder: Path, step: str) -> list[Path]:
    """Return the published manifests of the units of a step that goes over a list."""
    return [
        path
        for path in (folder / "outputs").glob(f"{escape(step)}[[]*[]].json")
        if path.stem.removeprefix(f"{step}[").removesuffix("]").isdecimal()
    ]


def executed_unit(folder: Path, step: str, attempt: int) -> Path:
    """Return the unit notebook as the attempt left it, outputs included."""
    return folder / "outputs" / _named(step, attempt, "ipynb")


def executed_units(folder: Path, step: str) -> list[Path]:
    """Return what the attempts of one step left."""
    names = (folder / "outputs").glob(f"{escape(step)}.*.ipynb")
    return [path for path in names if path.stem.rpartition(".")[0] == step]


def whole_output(folder: Path, step: str, attempt: int, cell: str) -> Path:
    """Return where all that a cell wrote is, if it wrote too much to be shown."""
    return whole_output_beside(executed_unit(folder, step, attempt), cell)


def whole_output_beside(unit: Path, cell: str) -> Path:
    """Return where it is next to an executed unit, wherever that is kept."""
    return unit.with_name(f"{unit.stem}.{quote(cell, safe='')}.jsonl")


def whole_outputs_beside(unit: Path) -> list[Path]:
    """Return all such files next to an executed unit."""
    return list(unit.parent.glob(f"{escape(unit.stem)}.*.jsonl"))


def last_attempts(folder: Path) -> dict[str, int]:
    """Return the steps that left an executed unit, each with the last attempt that did."""
    last: dict[str, int] = {}
    for path in (folder / "outputs").glob("*.ipynb"):
        step, _, number = path.stem.rpartition(".")
        if number.isdecimal():
            last[step] = max(int(number), last.get(step, 0))
    return last


def executed_run(folder: Path) -> Path:
    """Return the user's whole notebook as the run left it."""
    return folder / "executed.ipynb"


def set_aside(folder: Path) -> Path:
    """Return the folder of what the user's files held where a reused step had to replace them."""
    return folder / "replaced"


def archive(store: Path, digest: str) -> Path:
    """Return the file of an artifact archive, named by the digest of its bytes."""
    return store / "artifacts" / digest[:2] / digest


def in_bucket(store: Path, digest: str) -> Path:
    """Return the mark that says: the bucket behind this store has the archive."""
    return store / "artifacts" / "bucket" / digest


def note_in_bucket(store: Path, digest: str) -> None:
    """Leave that mark."""
    mark = in_bucket(store, digest)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def writes(store: Path) -> Path:
    """Return the file in which steps note the files that they are about to write."""
    return store / "writes"


def gc_lock(store: Path) -> Path:
    """Return the lock of what must not be removed while it is taken over."""
    return store / "gc.lock"


def stamps(store: Path) -> Path:
    """Return the folder of what is known about files, one folder for each boot of a machine."""
    return store / "artifacts" / "checked"


def drafts(store: Path) -> Path:
    """Return the folder of archives that are still being written."""
    return store / "artifacts" / "drafts"


def _named(step: str, attempt: int | None, suffix: str) -> str:
    return f"{step}.{suffix}" if attempt is None else f"{step}.{attempt}.{suffix}"
