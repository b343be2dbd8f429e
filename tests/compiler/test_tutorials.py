"""No false alarms: what tutorials do compiles without a finding, whoever chooses the steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from tutorial_notebooks import TUTORIALS, cell_by_cell, untagged
from written import codes

from nbprism.compiler import compile_notebook
from nbprism.compiler.suggest import suggest

DESERVED = {
    # Their first cell is no mere setup: it computes, or installs packages.
    "python_intro": ["setup-repeated"],
    "transformers_sentiment": ["setup-repeated"],
    "xgboost_churn": ["setup-repeated"],
}
"""What is found where every cell is a step and the first one, whatever it holds, is `imports`."""

each = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)


@each
def test_a_tutorial_as_it_is_has_no_findings(path: Path) -> None:
    assert compile_notebook(untagged(path)).diagnostics == ()


@each
def test_the_steps_that_are_suggested_have_no_findings(path: Path) -> None:
    assert suggest(untagged(path)).pipeline.diagnostics == ()


@each
def test_a_step_for_every_cell_has_only_the_findings_it_deserves(path: Path) -> None:
    assert codes(compile_notebook(cell_by_cell(path))) == DESERVED.get(path.stem, [])


def test_there_are_many() -> None:
    assert len(TUTORIALS) > 40
