"""A run as HTML and as text."""

from __future__ import annotations

from dataclasses import replace

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.compiler.plan import Plan
from nbprism.results.page import graph_text, run_page, run_text
from nbprism.runner import events as ev
from nbprism.runner.events import Failure
from nbprism.runner.summary import state_of


def cell(cell_id: str, source: str) -> dict[str, object]:
    tags = {"tags": [f"step:{cell_id}"]}
    return {
        "cell_type": "code", "id": cell_id, "source": source, "metadata": tags,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def plan() -> Plan:
    raw = {
        "cells": [cell("load", "x = 1"), cell("use", "print(x)")],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    notebook = read_notebook(raw, name="demo")
    return make_plan(notebook, compile_notebook(notebook), {})


ACCEPTED = ev.RunAccepted(
    seq=1, at=10.0, run="R", pipeline="demo", notebook="demo.ipynb", steps=("load", "use")
)


def test_a_waiting_step_says_after_what() -> None:
    page = run_page(state_of([ACCEPTED]), plan(), now=12.0)
    assert "after load" in page
    assert "0 of 2 steps, 2.0 s" in page


def test_what_comes_from_the_notebook_cannot_be_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    error = Failure(code="cell-failed", ename=hostile, evalue=hostile, hint=hostile)
    state = state_of(
        [
            replace(ACCEPTED, run=hostile, pipeline=hostile, steps=(hostile,)),
            ev.RunFailed(seq=2, at=11.0, duration_s=1, step=hostile, error=error, metrics={}),
        ]
    )
    page = run_page(state, replace(plan(), pipeline=hostile), now=12.0)
    assert "<img" not in page


def test_the_text_is_a_line_a_step() -> None:
    assert run_text(state_of([ACCEPTED]), plan()).splitlines() == [
        "R: accepted",
        "  load  waiting",
        "  use   waiting",
    ]


def test_the_graph_names_what_goes_along_an_edge() -> None:
    assert 's0 -->|"x"| s1' in graph_text(plan())
