"""A compiler that remembers gives, byte for byte, what one that never saw the notebook gives."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from edits import edited
from flows import cells_of
from notebooks import Writer
from promise_regressions import REGRESSIONS
from promise_rows import ROWS
from written import code, raw_notebook

from nbprism.compiler import (
    Compiler,
    NotebookUnreadable,
    compile_notebook,
    make_plan,
    read_notebook,
    write_plan,
)
from nbprism.compiler.dataflow import infer
from nbprism.compiler.flow import CodeCell
from nbprism.compiler.history import History
from nbprism.compiler.incremental.stretch import LENGTH

ZOO = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
WRITTEN = [cells_of(*rows) for rows in (*REGRESSIONS.values(), *ROWS.values()) if rows]
POOL = [cell.source for cells in WRITTEN for cell in cells]


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_the_data_flow_of_an_edited_notebook_is_that_of_a_new_one(start: int) -> None:
    for seed in range(start, start + 20):
        chooser = random.Random(seed)
        cells = Writer(chooser.randrange).notebook() if seed % 2 else chooser.choice(WRITTEN)
        _edit(cells, chooser)


@pytest.mark.parametrize("place", [1, 70, 130])
def test_an_edit_reaches_all_that_is_far_below(place: int) -> None:
    """Cells are undone and done again in stretches, unless the edit concerns one of them."""
    cells = [CodeCell("c0", 0, "step", "s0", "log = []\nbase = x = 0")]
    for n in range(1, 3 * LENGTH):
        source = f"x = [base, {n}]\nlog.append(x)" if n % 20 == 0 else f"y{n} = {n}\nprint(y{n})"
        cells.append(CodeCell(f"c{n}", n, "step", f"s{n}", source))
    history = History()
    for typed in (
        "z = 1", "base = [1]", "base = log", "del base", "def base(): pass", "log = {}", "z = 1", "log = [log]",
        "class Log(list): pass\nlog = Log()", "x.append(1)", "print(base)", "del log", "dir()", "",
    ):  # fmt: skip
        cells[place] = replace(cells[place], source=typed)
        assert repr(infer(cells, history)) == repr(infer(cells))
        assert history.walked < LENGTH or typed == "z = 1"


def _edit(cells: list[CodeCell], chooser: random.Random) -> None:
    pool = [*chooser.sample(POOL, 10), *(cell.source for cell in cells)]
    history, past = History(), [cells]
    for _ in range(8):
        assert repr(infer(cells, history)) == repr(infer(cells))
        undone = chooser.random() < 0.15
        cells = chooser.choice(past) if undone else edited(cells, chooser, pool)
        past.append(cells)


def _plan_bytes(raw: dict[str, Any], compiler: Compiler | None, folder: Path) -> list[bytes]:
    notebook = (compiler.read if compiler else read_notebook)(raw, name="edited")
    pipeline = compiler.compile(notebook) if compiler else compile_notebook(notebook)
    if not pipeline.errors:
        write_plan(make_plan(notebook, pipeline, {}), folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [json.dumps(pipeline.to_json()).encode(), *(path.read_bytes() for path in files)]


def test_plans_of_an_edited_notebook_are_those_of_a_new_one(tmp_path: Path) -> None:
    """One compiler goes through the whole zoo, whose notebooks share the ids of many cells."""
    chooser, compiler, number = random.Random(0), Compiler(), 0
    for path in ZOO:
        try:
            raw = json.loads(path.read_bytes())
            read_notebook(raw)
        except (ValueError, NotebookUnreadable):
            continue
        for _ in range(4):
            number += 1
            here, there = tmp_path / f"{number}", tmp_path / f"{number}-fresh"
            assert _plan_bytes(raw, compiler, here) == _plan_bytes(raw, None, there)
            chooser.shuffle(raw["cells"]) if chooser.random() < 0.5 else None
            for cell in raw["cells"]:
                cell["id"] = (
                    f"c{chooser.randrange(1000)}" if chooser.random() < 0.1 else cell.get("id")
                )


def _chain(cells: int) -> dict[str, Any]:
    """A notebook where every step changes what the one above made and all call one function."""
    head = [
        code("import pandas as pd", "imports"),
        code("def tidy(frame):\n    return frame.dropna()", "functions"),
        code("frame = pd.read_csv('a.csv')\nsizes = {}", "step:load"),
    ]
    for n in range(cells - len(head)):
        head.append(code(f"part{n} = tidy(frame)\nsizes[{n}] = len(part{n})", f"step:s{n}"))
    cells_with_ids = [cell | {"id": f"c{index}"} for index, cell in enumerate(head)]
    return raw_notebook(*cells_with_ids)


@pytest.mark.parametrize(
    ("cell", "typed", "most"),
    [
        (199, "\nmore = 1", 1),
        (100, "\nmore = 1", 1),
        (2, "\nmore = 1", 1),
        (100, "\nprint(part5)", 1),
    ],
)
def test_an_edit_that_leaves_what_others_see_walks_one_cell(
    cell: int, typed: str, most: int
) -> None:
    raw, compiler = _chain(200), Compiler()
    compiler.compile(read_notebook(raw))
    assert compiler.walked == 200
    raw["cells"][cell]["source"] += typed
    compiler.compile(read_notebook(raw))
    assert compiler.walked == most


def test_a_line_above_moves_nothing_that_others_see() -> None:
    raw, compiler = _chain(50), Compiler()
    compiler.compile(read_notebook(raw))
    for cell in (1, 2, 30):
        raw["cells"][cell]["source"] = "# new\n" + raw["cells"][cell]["source"]
        compiler.compile(read_notebook(raw))
        assert compiler.walked == 1


def test_an_edit_taken_back_walks_nothing() -> None:
    raw, compiler = _chain(50), Compiler()
    compiler.compile(read_notebook(raw))
    source = raw["cells"][2]["source"]
    raw["cells"][2]["source"] = "frame = ("
    compiler.compile(read_notebook(raw))
    assert compiler.walked > 40
    raw["cells"][2]["source"] = source
    compiler.compile(read_notebook(raw))
    assert compiler.walked == 0


def _seconds(cells: int) -> float:
    raw = _chain(cells)
    began = time.process_time()
    compile_notebook(read_notebook(raw))
    return time.process_time() - began


def test_four_times_the_cells_take_about_four_times_as_long() -> None:
    _seconds(50)
    small, large = min(_seconds(150) for _ in range(3)), min(_seconds(600) for _ in range(3))
    assert large < small * 4 * 2.5


@pytest.mark.parametrize(
    "source",
    [
        "\n".join(f"x{n} = {n}\nprint(x{n})" for n in range(5_000)),
        "\n".join(["rows = []", *("rows.append([1, 2])" for _ in range(10_000))]),
        "x = " + "(" * 90 + "1" + ")" * 90,
        "x = " + "-" * 5_000 + "1",
        "if a:\n b = 1\n" + "".join(f"elif a == {n}:\n b = {n}\n" for n in range(3_000)),
    ],
    ids=["10,000 lines", "10,000 changes", "brackets", "signs", "elif"],
)
def test_an_extreme_cell_is_compiled_in_little_time(source: str) -> None:
    raw, compiler = raw_notebook(code("a = 1", "step:a"), code(source, "step:b")), Compiler()
    began = time.process_time()
    for typed in ("", "\nmore = 1", ""):
        raw["cells"][1]["source"] = source + typed
        assert compiler.compile(read_notebook(raw)) == compile_notebook(read_notebook(raw))
    assert time.process_time() - began < 30


def test_large_outputs_are_no_part_of_the_work() -> None:
    raw, compiler = _chain(20), Compiler()
    image = {"output_type": "display_data", "data": {"image/png": "A" * 50_000_000}, "metadata": {}}
    raw["cells"][5]["outputs"] = [image]
    began = time.process_time()
    compiler.compile(read_notebook(raw))
    assert time.process_time() - began < 10
