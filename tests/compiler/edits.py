"""Random edits of notebooks: what a user does to cells between two compilations."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from nbprism.compiler.flow import CodeCell

Cells = list[CodeCell]
TYPED = (
    "", "# a comment", "edited = 1", "import math", "df = None", "raise ValueError", "x = [", "%%time\nx = 1",
    "from __future__ import annotations", "from somewhere import *", "del df", "print(undefined_name)",
    "globals()['x'] = 1", "def fn(v):\n    return v", "class Box:\n    pass", "if flag:\n    y = 2", "dir()",
    "import numpy as np\nnp.random.seed(1)", "open('f.txt', 'w').write('a')", "lst = [1]", "lst.append(2)",
)  # fmt: skip


def edited(cells: Sequence[CodeCell], chooser: random.Random, pool: Sequence[str]) -> Cells:
    """Return the cells after one random edit; `pool` are sources that may be pasted."""
    edit = chooser.choice(EDITS)
    return [replace(cell, index=index) for index, cell in enumerate(edit([*cells], chooser, pool))]


def _paste(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    index = chooser.randrange(len(cells))
    cells[index] = replace(cells[index], source=chooser.choice([*pool, *TYPED]))
    return cells


def _insert(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    index = chooser.randrange(len(cells))
    source = chooser.choice([*pool, *TYPED])
    cells.insert(index, replace(cells[index], id=f"new{chooser.random()}", source=source))
    return cells


def _delete(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool
    if len(cells) > 1:
        del cells[chooser.randrange(len(cells))]
    return cells


def _move(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool
    cells.insert(chooser.randrange(len(cells)), cells.pop(chooser.randrange(len(cells))))
    return cells


def _retag(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool
    here, like = chooser.randrange(len(cells)), chooser.choice(cells)
    cells[here] = replace(cells[here], role=like.role, step=like.step)
    return cells


def _type_above(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool
    return _with_lines(cells, chooser, lambda lines: [chooser.choice(TYPED), *lines])


def _type_below(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool
    return _with_lines(cells, chooser, lambda lines: [*lines, chooser.choice(TYPED)])


def _leave_out_a_line(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool

    def without_one(lines: list[str]) -> list[str]:
        out = chooser.randrange(len(lines) or 1)
        return [line for index, line in enumerate(lines) if index != out]

    return _with_lines(cells, chooser, without_one)


def _repeat_a_line(cells: Cells, chooser: random.Random, pool: Sequence[str]) -> Cells:
    del pool
    return _with_lines(cells, chooser, lambda lines: [*lines, *lines[-1:]])


def _with_lines(
    cells: Cells, chooser: random.Random, change: Callable[[list[str]], list[str]]
) -> Cells:
    index = chooser.randrange(len(cells))
    lines = change(cells[index].source.splitlines())
    cells[index] = replace(cells[index], source="\n".join(lines))
    return cells


EDITS = (
    _paste,
    _insert,
    _delete,
    _move,
    _retag,
    _type_above,
    _type_below,
    _leave_out_a_line,
    _repeat_a_line,
)
