"""Notebooks to measure with, and how nbprism runs them."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner.cluster import local
from nbprism.runner.launch import submit
from nbprism.runner.options import RunOptions
from nbprism.runner.store import RunFolder, Store

LOOK_S = 0.002
SETTLE_S = 0.3
"""Between two runs: the driver of the first gets ready for the next."""
ENDS = {"run-succeeded", "run-failed", "run-cancelled"}

Cells = Sequence[tuple[str, str]]


def write(path: Path, cells: Cells) -> Path:
    """Write a notebook of (tag, source) cells."""
    made = [
        nbformat.v4.new_code_cell(source, id=f"c{index}", metadata={"tags": [tag]})
        for index, (tag, source) in enumerate(cells)
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=KERNEL), path)
    return path


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def chain(steps: int, imports: str = "") -> list[tuple[str, str]]:
    """Return a chain of steps, each adding one to what the last made."""
    cells = [("imports", imports)] if imports else []
    first = ("step:s0", "x0 = 0")
    return [*cells, first, *((f"step:s{n}", f"x{n} = x{n - 1} + 1") for n in range(1, steps))]


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder with a cluster of its own, which is warm from the first run on."""
    # Short, because a path to a socket may have only 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="nbp-bench-"))
    os.environ["NBPRISM_STATE_DIR"] = str(folder / "state")
    try:
        yield folder
    finally:
        local.down(force=True)
        shutil.rmtree(folder, ignore_errors=True)


def start(notebook: Path, *, cache: bool = False, **parameters: Any) -> RunFolder:
    """Compile and submit a notebook."""
    source = read_notebook(notebook)
    plan = make_plan(source, compile_notebook(source), parameters)
    return submit(
        Store.beside(notebook), plan, notebook_path=notebook, options=RunOptions(cache=cache)
    )


def finish(run: RunFolder) -> None:
    """Wait for a run's end."""
    tail = run.tail()
    last = ""
    while last not in ENDS:
        time.sleep(LOOK_S)
        last = next((event.kind for event in reversed(tail.read())), last)
    assert last == "run-succeeded", f"{last}: {run.summary()['error']}"


def took(notebook: Path, *, cache: bool = False, **parameters: Any) -> float:
    """Return the seconds from the request to the last event of a run."""
    began = time.perf_counter()
    finish(start(notebook, cache=cache, **parameters))
    ended = time.perf_counter()
    time.sleep(SETTLE_S)
    return ended - began


def latest(notebook: Path) -> RunFolder:
    """Return the last run of a notebook."""
    return Store.beside(notebook).runs_of(notebook)[0]
