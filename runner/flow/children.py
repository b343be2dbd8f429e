"""The names of the units of a step that runs once for each item of a list: `train[3]`.

In a run each of them is a step of its own; a bracket cannot be part of a step's own name.
"""

from __future__ import annotations


def child_name(step: str, index: int) -> str:
    """Return the name of the unit of one item, counted from 0."""
    return f"{step}[{index}]"


def parent_of(name: str) -> str | None:
    """Return the step that the unit is one of, or None for a step of the notebook."""
    return name.partition("[")[0] if name.endswith("]") else None


def index_of(name: str) -> int | None:
    """Return which item the unit is of, from 0, or None for a step of the notebook."""
    return int(name.partition("[")[2][:-1]) if name.endswith("]") else None


def step_of(name: str) -> str:
    """Return the step of the notebook that a name in a run belongs to."""
    return parent_of(name) or name
