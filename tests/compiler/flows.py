"""Short ways to write a notebook in a test and to read what flows between its steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbprism.compiler.dataflow import infer
from nbprism.compiler.flow import CellRole, CodeCell, Flow

SETUP_ROLES: tuple[CellRole, ...] = ("setup", "imports", "functions", "parameters")


def cells_of(*cells: tuple[str, str]) -> list[CodeCell]:
    """Return cells from (step or role, source) pairs."""
    return [_cell(index, name, source) for index, (name, source) in enumerate(cells)]


def _cell(index: int, name: str, source: str) -> CodeCell:
    role: CellRole = "metrics" if name.startswith("metrics:") else "step"
    step: str | None = name.removeprefix("metrics:")
    for setup in SETUP_ROLES:
        if name == setup:
            role, step = setup, None
    return CodeCell(f"c{index}", index, role, step, source)


def flow_of(*cells: tuple[str, str]) -> Flow:
    """Return the flow of a notebook given as (step or role, source) pairs."""
    return infer(cells_of(*cells))


def flow_of_sources(sources: Sequence[str]) -> Flow:
    """Return the flow of a notebook with one step per cell, named `s0`, `s1`, ..."""
    return flow_of(*((f"s{index}", source) for index, source in enumerate(sources)))


def inputs(flow: Flow) -> set[tuple[str, str, str]]:
    """Return every (producer, consumer, name)."""
    return {(item.source, step.name, item.name) for step in flow.steps for item in step.inputs}


def edges(flow: Flow) -> set[tuple[str, str]]:
    """Return every (producer, consumer)."""
    return {(edge.source, edge.target) for edge in flow.edges}


def replayed(flow: Flow, step: str) -> tuple[str, ...]:
    """Return the names that the step's unit binds again before its own cells, in order."""
    return tuple(name for part in flow.step(step).replay for name in part.names)


def codes(flow: Flow, *severities: str) -> list[str]:
    """Return the codes of the diagnostics of those severities, or of all."""
    return [d.code for d in flow.diagnostics if not severities or d.severity in severities]


def triples(text: str) -> set[tuple[str, str, str]]:
    """Read `a->b: x y; b->c: z` as a set of (producer, consumer, name)."""
    found = set()
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        ends, _, names = part.partition(":")
        source, _, target = (end.strip() for end in ends.partition("->"))
        found |= {(source, target, name) for name in names.split()}
    return found


def without(found: set[tuple[str, str, str]], names: Iterable[str]) -> set[tuple[str, str, str]]:
    """Return the triples about other names."""
    return {item for item in found if item[2] not in set(names)}
