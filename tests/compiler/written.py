"""Notebooks written in the test that needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbprism.compiler import Notebook, Pipeline, compile_notebook, read_notebook

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def code(source: str, *tags: str, cell_id: str | None = None, **metadata: Any) -> dict[str, Any]:
    """Return a code cell; without an id it gets one from `raw_notebook`."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata | ({"tags": list(tags)} if tags else {}),
        "outputs": [],
        "source": source,
    }
    return cell if cell_id is None else cell | {"id": cell_id}


def text(source: str) -> dict[str, Any]:
    """Return a markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def raw_notebook(*cells: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return the JSON of a notebook whose cells are called c0, c1, ..."""
    numbered = [{"id": f"c{number}"} | dict(cell) for number, cell in enumerate(cells)]
    return {
        "cells": numbered,
        "metadata": PYTHON | metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def settings(**steps: Mapping[str, Any]) -> dict[str, Any]:
    """Return the notebook metadata that holds these step settings."""
    return {"nbprism": {"schema": 1, "steps": steps}}


def notebook(*cells: Mapping[str, Any], **metadata: Any) -> Notebook:
    """Return a notebook of these cells, called `sample`."""
    return read_notebook(raw_notebook(*cells, **metadata), name="sample")


def compiled(*cells: Mapping[str, Any], **metadata: Any) -> Pipeline:
    """Return the pipeline of a notebook of these cells."""
    return compile_notebook(notebook(*cells, **metadata))


def codes(pipeline: Pipeline, severity: str | None = None) -> list[str]:
    """Return the codes of the pipeline's diagnostics, of one severity if asked."""
    return [d.code for d in pipeline.diagnostics if severity in (None, d.severity)]


def as_bytes(value: Any) -> bytes:
    """Return the bytes a file would have."""
    return json.dumps(value).encode()


def roles(pipeline: Pipeline) -> Sequence[tuple[str, str | None]]:
    """Return what each cell counts as, and its step."""
    return [(cell.role, cell.step) for cell in pipeline.cells]
