"""How long compiling takes, by the number of cells: `python benchmarks/compile.py`.

Prints, for each size, the median of several runs: the first time a notebook is seen, again after
one cell was edited, and again without any change. Every notebook is made fresh, so that nothing is
remembered of it.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from nbprism.compiler import compile_notebook, read_notebook

SIZES = (10, 100, 1_000, 5_000)
REPEATS = 5
BLOCK = (
    ("step:load{n}", "frame{n} = pd.DataFrame({{'a': np.arange({n} + 9), 'b': 1.0}})"),
    ("", "frame{n}['c'] = frame{n}['a'] * {n}\nframe{n}.sort_values('c', inplace=True)"),
    ("step:fit{n}", "model{n} = LinearRegression()\nmodel{n}.fit(frame{n}[['a']], frame{n}['c'])"),
    ("", "score{n} = [model{n}.score(frame{n}[['a']], frame{n}['c']) for _ in range(2)]"),
    ("step:show{n}", "for value in score{n}:\n    print(f'{{value:.2f}}', describe(value))"),
)
HEAD = (
    ("imports", "import numpy as np\nimport pandas as pd"),
    ("imports", "from sklearn.linear_model import LinearRegression"),
    ("functions", "def describe(value):\n    return 'good' if value > threshold else 'bad'"),
    ("parameters", "threshold = 0.5"),
)


def notebook(cells: int, salt: str) -> dict[str, Any]:
    """Return a notebook of that many cells, like no other because of its salt."""
    made = [_cell(tags, f"{source}\n# {salt}") for tags, source in HEAD]
    number = 0
    while len(made) < cells:
        for tags, source in BLOCK:
            made.append(_cell(tags.format(n=number), f"{source.format(n=number)}\n# {salt}"))
        number += 1
    for index, cell in enumerate(made):
        cell["id"] = f"c{index}"
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made[:cells]}


def _cell(tags: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": "", "metadata": {"tags": tags.split()}, "source": source,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def timed(raw: dict[str, Any]) -> float:
    """Return the milliseconds that reading and compiling take."""
    began = time.perf_counter()
    pipeline = compile_notebook(read_notebook(raw, name="benchmark"))
    took = (time.perf_counter() - began) * 1_000
    assert not pipeline.errors, pipeline.errors[0].message
    return took


def main() -> None:
    """Print a table."""
    timed(notebook(10, "warm-up"))
    print(f"{'cells':>6} {'first':>10} {'one edit':>10} {'again':>10}   (ms, median of {REPEATS})")
    for cells in SIZES:
        first, edited, again = [], [], []
        for repeat in range(REPEATS):
            raw = notebook(cells, f"{cells}-{repeat}")
            first.append(timed(raw))
            again.append(timed(raw))
            raw["cells"][cells // 2]["source"] += "\nedited = 1"
            edited.append(timed(raw))
        medians = (statistics.median(times) for times in (first, edited, again))
        print(f"{cells:>6} " + " ".join(f"{median:>10.1f}" for median in medians))


if __name__ == "__main__":
    main()
