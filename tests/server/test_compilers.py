"""Compilers of open notebooks: remembered, not for ever, and shared by threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbprism.compiler import compile_notebook, read_notebook
from nbprism.server_ext.compilers import MOST, Compilers


def _notebook(cells: int, salt: int) -> dict[str, object]:
    sources = ["import math", *(f"x{n} = {n} + {salt}\nprint(x{n})" for n in range(cells - 1))]
    made = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": [f"step:s{n}"]}, "source": source}
        for n, source in enumerate(sources)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}


def test_a_notebook_keeps_its_compiler_until_many_others_were_compiled() -> None:
    compilers = Compilers()
    first = compilers.of(Path("first.ipynb"))
    for number in range(MOST - 1):
        compilers.of(Path(f"{number}.ipynb"))
    assert compilers.of(Path("first.ipynb")) is first
    for number in range(MOST):
        compilers.of(Path(f"{number}.ipynb"))
    assert compilers.of(Path("first.ipynb")) is not first


def test_threads_that_compile_one_notebook_at_once_get_what_each_asked_for() -> None:
    compiler = Compilers().of(Path("a.ipynb"))
    asked = [read_notebook(_notebook(20, salt % 3), name="a") for salt in range(24)]
    with ThreadPoolExecutor(8) as threads:
        pipelines = list(threads.map(compiler.compile, asked))
    assert pipelines == [compile_notebook(notebook) for notebook in asked]
