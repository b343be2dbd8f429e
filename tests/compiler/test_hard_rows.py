"""Hard notebooks whose answers were written down first: exact flows, findings, and the promise."""

from __future__ import annotations

import hard_binding
import hard_calls
import hard_change
import hard_ipython
import hard_lazy
import hard_outside
import hard_parallel
import hard_protocols
import hard_random
import hard_steps
import hard_tables
import pytest
from flows import inputs, triples
from hard_rows import Row
from test_flow_promise import differences

from nbprism.compiler.dataflow import infer
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import Flow

MODULES = (
    hard_binding, hard_calls, hard_change, hard_ipython, hard_lazy, hard_outside, hard_parallel,
    hard_protocols, hard_random, hard_steps, hard_tables,
)  # fmt: skip
ROWS: list[Row] = [row for module in MODULES for row in module.ROWS]


@pytest.mark.filterwarnings("ignore")  # what pandas thinks of `inplace=True` is not the point
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_hard_notebook(row: Row, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    cells = row.code_cells()
    flow = infer(cells)
    if row.flows is not None:
        assert _missing(flow, row) == set()
        assert inputs(flow) - triples(row.flows) - triples(row.may) == set()
    assert [found for found in flow.diagnostics if not _is_expected(found, row)] == []
    assert [text for text in row.found if not any(_is(d, text) for d in flow.diagnostics)] == []
    if row.runs and not any(found.severity == "error" for found in flow.diagnostics):
        for seed in range(2):
            assert differences(cells, orders=2, seed=seed) == []


def _missing(flow: Flow, row: Row) -> set[tuple[str, str, str]]:
    replayed = {(s.name, name) for s in flow.steps for part in s.replay for name in part.names}
    expected = triples(row.flows or "")
    return {edge for edge in expected - inputs(flow) if edge[1:] not in replayed}


def _is_expected(found: Diagnostic, row: Row) -> bool:
    return found.code in row.noted or any(_is(found, text) for text in row.found)


def _is(found: Diagnostic, text: str) -> bool:
    code, _, place = text.partition(" ")
    cell, _, line = place.partition(":")
    return found.code == code and cell in ("", found.cell) and line in ("", str(found.line))
