"""Notebooks that tests write beside the examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel

METADATA = {
    "kernelspec": {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    },
    "language_info": IPythonKernel.language_info,
}
"""As JupyterLab itself writes it when a kernel is there: a difference would make the notebook dirty, at
a moment that no test can know."""


def code(identity: str, source: str, *tags: str) -> dict[str, Any]:
    """Return a code cell."""
    return {
        "id": identity,
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "execution_count": None,
    }


def text(identity: str, source: str) -> dict[str, Any]:
    """Return a Markdown cell."""
    return {"id": identity, "cell_type": "markdown", "source": source, "metadata": {}}


def write_notebook(file: Path, *cells: dict[str, Any], **steps: dict[str, Any]) -> None:
    """Write a notebook of these cells, with settings of steps."""
    metadata = METADATA | ({"nbprism": {"schema": 1, "steps": steps}} if steps else {})
    form = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}
    file.write_text(json.dumps(form), encoding="utf-8")


def tags_in(file: Path) -> list[tuple[str, list[str]]]:
    """Return the id and the tags of every cell, in order, as they are on the disk."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return [(cell["id"], cell["metadata"].get("tags", [])) for cell in cells]


def settings_in(file: Path) -> dict[str, Any]:
    """Return the settings of the steps, as they are on the disk."""
    metadata = json.loads(file.read_text(encoding="utf-8"))["metadata"]
    steps: dict[str, Any] = metadata.get("nbprism", {}).get("steps", {})
    return steps
