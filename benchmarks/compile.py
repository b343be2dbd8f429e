"""How long compiling takes, by the number of cells: `python benchmarks/compile.py [--quick]`.

Bars: 1,000 cells within 300 ms, an edit of them within 20 ms; a server answers the panel about 500
cells within 100 ms.

The notebook is a long tutorial: chapters that load a table, clean it, make features, train, measure
and plot, with text between, functions that every chapter calls, and each chapter's result kept in
one dictionary that the chapters hand on. Times include reading the notebook's JSON and making that
of the pipeline, as the server does for the panel. Every notebook is made fresh, so that nothing is
remembered of it. CPU time of the process: what others do on the machine counts less.
"""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import jupyter
import pipelines
import results
from options import Options
from series import Series
from tornado.httpclient import AsyncHTTPClient

from nbprism.compiler import Compiler

SIZES = (10, 100, 1_000, 5_000)
ASKED = (500, 1_000)
HEAD = (
    ("", "# A long tutorial"),
    ("imports", "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt"),
    ("imports", "from sklearn.linear_model import LinearRegression"),
    ("parameters", "threshold = 0.5\nseed = 7"),
    (
        "functions",
        "def tidy(frame, *, lowest):\n    frame = frame.dropna()\n"
        "    frame = frame[frame['a'] > lowest]\n    return frame.reset_index(drop=True)",
    ),
    ("functions", "def describe(value):\n    return 'good' if value > threshold else 'bad'"),
    ("step:start", "results = {}\nrng = np.random.default_rng(seed)"),
)  # fmt: skip
CHAPTER = (
    ("", "## Chapter {n}\n\nWhat the data are and where they come from."),
    ("step:load{n}", "raw{n} = pd.read_csv(f'data/{n}.csv', parse_dates=['day'])\nraw{n}.head()"),
    ("", "frame{n} = tidy(raw{n}, lowest={n})\nprint(len(frame{n}), 'rows')"),
    ("", "frame{n}['c'] = frame{n}['a'] * {n}\nframe{n}.sort_values('c', inplace=True)"),
    ("", "### Features"),
    ("step:fit{n}", "X{n} = frame{n}[['a', 'c']].to_numpy()\ny{n} = frame{n}['b'].to_numpy()"),
    ("", "model{n} = LinearRegression()\nmodel{n}.fit(X{n}, y{n})\nmodel{n}.coef_"),
    ("", "### Results"),
    ("step:show{n}", "score{n} = model{n}.score(X{n}, y{n})\nresults['{n}'] = score{n}"),
    ("", "print(f'chapter {n}: {{score{n}:.2f}}', describe(score{n}), len(results))"),
    ("", "fig, ax = plt.subplots()\nax.scatter(X{n}[:, 0], y{n}, label='{n}')\nplt.show()"),
)  # fmt: skip

Raw = dict[str, Any]
Edit = Callable[[Raw], None]


def notebook(cells: int, salt: str) -> Raw:
    """Return a notebook of that many cells, like no other because of its salt."""
    made = [_cell(tags, source, salt) for tags, source in HEAD]
    number = 0
    while len(made) < cells:
        for tags, source in CHAPTER:
            made.append(_cell(tags.format(n=number), source.format(n=number), salt))
        number += 1
    for index, cell in enumerate(made):
        cell["id"] = f"c{index}"
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made[:cells]}


def _cell(tags: str, source: str, salt: str) -> Raw:
    cell: Raw = {"id": "", "metadata": {"tags": tags.split()}, "source": f"{source}\n# {salt}"}
    if source.startswith("#"):
        return cell | {"cell_type": "markdown"}
    return cell | {"cell_type": "code", "outputs": [], "execution_count": None}


def timed(compiler: Compiler, raw: Raw) -> float:
    """Return the seconds of CPU that reading, compiling and the JSON form take."""
    gc.collect()
    began = time.process_time()
    pipeline = compiler.compile(compiler.read(raw, name="benchmark"))
    pipeline.to_json()
    took = time.process_time() - began
    assert not pipeline.errors, pipeline.errors[0].message
    return took


def typed_into(raw: Raw, start: int, text: str) -> None:
    """Type at the end of the first code cell from there on, downwards, else upwards."""
    cells = raw["cells"]
    places = [*range(start, len(cells)), *range(start, -1, -1)]
    chosen = next(cells[place] for place in places if cells[place]["cell_type"] == "code")
    chosen["source"] += text


def _function_used_everywhere(raw: Raw) -> None:
    cell = raw["cells"][4]
    cell["source"] = cell["source"].replace("dropna()", "dropna(how='all')")


EDITS: dict[str, Edit] = {
    "first cell": lambda raw: typed_into(raw, len(HEAD) - 1, "\nmore = 1"),
    "middle": lambda raw: typed_into(raw, len(raw["cells"]) // 2, "\nmore = 1"),
    "last": lambda raw: typed_into(raw, len(raw["cells"]) - 1, "\nmore = 1"),
    "an edge": lambda raw: typed_into(raw, max(len(raw["cells"]) // 2, len(HEAD)), "\nprint(rng)"),
    "function": _function_used_everywhere,
    "nothing": lambda raw: None,
}


def measure(cells: int, repeats: int) -> list[tuple[str, ...]]:
    """Return a row for each kind of compilation: the time, and how many cells were walked."""
    times = {name: Series() for name in ("first time", *EDITS)}
    walked = {"first time": "all"}
    for repeat in range(repeats):
        raw, compiler = notebook(cells, f"{cells}-{repeat}"), Compiler()
        times["first time"].times.append(timed(compiler, raw))
        for name, edit in EDITS.items():
            edit(raw)
            times[name].times.append(timed(compiler, raw))
            walked[name] = str(compiler.walked)
    return [
        (f"{cells:,}", name, series.shown(digits=1), walked[name]) for name, series in times.items()
    ]


async def answers(repeats: int) -> list[tuple[str, ...]]:
    """Return how long a browser waits for a server's answer, at first and after an edit."""
    token, rows = secrets.token_hex(16), []
    with pipelines.workplace() as folder, jupyter.server(folder, token) as (port, _):
        await jupyter.until_up(port, token)
        for cells in ASKED:
            first, edited = Series(), Series()
            for repeat in range(repeats):
                raw, name = notebook(cells, f"asked-{repeat}"), f"{cells}-{repeat}.ipynb"
                first.times.append(await _asked(port, token, name, raw))
                typed_into(raw, cells // 2, "\nmore = 1")
                edited.times.append(await _asked(port, token, name, raw))
            rows.append((f"{cells:,}", first.shown(), edited.shown()))
    return rows


async def _asked(port: int, token: str, name: str, raw: Raw) -> float:
    url = f"http://127.0.0.1:{port}/nbprism/compile"
    body = json.dumps({"path": name, "notebook": raw})
    headers = {"Authorization": f"token {token}"}
    began = time.perf_counter()
    await AsyncHTTPClient().fetch(url, method="POST", headers=headers, body=body)
    return time.perf_counter() - began


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    timed(Compiler(), notebook(20, "warm-up"))
    rows = [row for cells in SIZES for row in measure(cells, options.repeats)]
    body = [
        "A tutorial of chapters, 27 steps for each 100 cells. Milliseconds of CPU, reading the"
        " notebook and making the pipeline's JSON included:", "",
        *results.table(("cells", "edit", "ms", "cells walked"), rows), "",
        "Milliseconds from a browser's request to the server's answer:", "",
        *results.table(
            ("cells", "first time", "an edit in the middle"), asyncio.run(answers(options.repeats))
        ),
    ]  # fmt: skip
    results.write("compile.py", "Compile", body, quick=options.quick)


if __name__ == "__main__":
    main()
