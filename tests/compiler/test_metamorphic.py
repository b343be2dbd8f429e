"""What makes no difference to a notebook makes none to its edges."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from flows import edges, flow_of_sources, inputs
from notebooks import Writer
from test_flow_steps import BINDING, CHANGE, PARALLEL, SHARED

from nbprism.compiler.code.magics import parse_cell
from nbprism.compiler.dataflow import infer
from nbprism.compiler.flow import CodeCell, Flow
from nbprism.compiler.walk.library.random_state import is_hidden

_OTHER = {"xs": "first_list", "rows": "table", "arr": "numbers", "df": "frame"}
_NAMES = re.compile(r"\b(?<![.@'])(" + "|".join(_OTHER) + r")\b(?!=[^=])")
ROWS = [
    row for row in (*BINDING, *CHANGE, *SHARED, *PARALLEL)
    if all(parse_cell(source).aligned and not source.startswith("%") for source in row[1])
]  # fmt: skip
rows = pytest.mark.parametrize("sources", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])


@rows
def test_comments_and_empty_lines_change_nothing(sources: list[str]) -> None:
    noted = ["# first\n\n" + source.replace("\n", "  # and so on\n", 1) for source in sources]
    noted = [new if parse_cell(new).tree else old for new, old in zip(noted, sources, strict=True)]
    assert inputs(flow_of_sources(noted)) == inputs(flow_of_sources(sources))


@pytest.mark.parametrize(
    "sources",
    # Definitions under a condition are shipped, not replayed.
    [row[1] for row in ROWS if not re.search(r"import \*|\bdef |\bclass ", "".join(row[1]))],
)
def test_what_is_under_a_true_condition_is_what_it_was(sources: list[str]) -> None:
    wrapped = [f"if True:\n    {source.replace(chr(10), chr(10) + '    ')}" for source in sources]
    assert inputs(flow_of_sources(wrapped)) >= inputs(flow_of_sources(sources))


@pytest.mark.parametrize("seed", range(40))
def test_a_cell_split_between_statements_gives_the_same_edges(seed: int) -> None:
    cells = [cell for cell in _written(seed) if cell.source]
    pieces = [
        CodeCell(f"{cell.id}-{number}", 10 * cell.index + number, cell.role, cell.step, part)
        for cell in cells
        for number, part in enumerate(_statements(cell.source)[:9])
    ]
    if len(pieces) < sum(len(_statements(cell.source)) for cell in cells):
        pytest.skip("a cell has more statements than fit between two indexes")
    assert edges(infer(pieces)) == edges(infer(cells))


@pytest.mark.parametrize("seed", range(40))
def test_other_names_give_the_same_edges(seed: int) -> None:
    cells = _written(seed)
    renamed = [
        CodeCell(
            c.id, c.index, c.role, c.step, _NAMES.sub(lambda found: _OTHER[found[0]], c.source)
        )
        for c in cells
    ]
    assert edges(infer(renamed)) == edges(infer(cells))


@pytest.mark.parametrize("seed", range(40))
def test_cells_that_share_no_names_may_stand_in_any_order(seed: int) -> None:
    """Two notebooks in one, their cells riffled like two halves of a deck of cards."""
    halves = [_written(seed), _as_another(_written(seed + 1_000))]
    apart = [_named(infer(half)) for half in halves]
    whole = [
        replace(cell, index=index)
        for index, cell in enumerate(_riffled(halves, random.Random(seed)))
    ]
    if any(word in cell.source for word in ("exec(", "globals(") for cell in whole):
        pytest.skip("code that is made while it runs may use every name")
    assert _named(infer(whole)) == apart[0] | apart[1]


def _as_another(cells: list[CodeCell]) -> list[CodeCell]:
    """Return the notebook with other names for all that it binds, and for its steps."""
    trees = [tree for cell in cells if (tree := parse_cell(cell.source).tree) is not None]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    members = {
        name for node in nodes if isinstance(node, ast.ClassDef) for name in _bound(node.body)
    }
    own = "|".join(sorted(set(_bound(nodes)) - members))
    names = re.compile(rf"\b(?<!\.)({own})\b(?!=[^=])")
    return [
        CodeCell(
            f"{cell.id}-2", cell.index, cell.role, cell.step and f"{cell.step}-2",
            names.sub(lambda found: f"second_{found[0]}", cell.source),
        )
        for cell in cells
    ]  # fmt: skip


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def _riffled(halves: list[list[CodeCell]], chance: random.Random) -> Iterator[CodeCell]:
    places = [number for number, half in enumerate(halves) for _ in half]
    chance.shuffle(places)
    rest = [iter(half) for half in halves]
    for place in places:
        yield next(rest[place])


def _named(flow: Flow) -> set[tuple[str, str, str]]:
    """Return what is handed on, without the state of random generators, which all share."""
    return {item for item in inputs(flow) if not is_hidden(item[2])}


def _written(seed: int) -> list[CodeCell]:
    cells = Writer(random.Random(seed).randrange).notebook()
    return [
        cell
        for cell in cells
        if not cell.source.startswith("%") and parse_cell(cell.source).aligned
    ]


def _statements(source: str) -> list[str]:
    tree = parse_cell(source).tree
    if tree is None or "%" in source or "!" in source:
        return [source]
    return [ast.unparse(node) for node in tree.body]
