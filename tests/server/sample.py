"""Notebooks as the browser sends them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def code_cell(identity: str, source: str, *tags: str) -> dict[str, Any]:
    """Return a code cell as the browser sends it."""
    return {
        "id": identity,
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
    }


def notebook(*cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Python notebook of these cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": list(cells),
    }


def two_steps() -> dict[str, Any]:
    """Return a notebook whose step `double` reads what `load` makes."""
    return notebook(
        code_cell("p", "n = 3", "parameters"),
        code_cell("a", "x = list(range(n))\nprint('loaded', n)", "step:load"),
        code_cell("b", "y = [2 * i for i in x]\ntotal = sum(y)\ny", "step:double"),
        code_cell("c", "print(total)", "step:double", "metrics"),
    )


def names_in(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())
