"""Steps to unit notebooks: ordinary notebooks that plain papermill executes, given a store.

A unit's cells: header, parameters, replayed setup and definitions, load, the step's own cells with
their ids, save. Only JSON values and names that passed the compiler become code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from nbprism.compiler.flow import Fragment
from nbprism.compiler.pipeline import Step
from nbprism.compiler.reading.cell_ids import OURS
from nbprism.compiler.reading.notebook import Notebook, NotebookCell
from nbprism.compiler.settings.loops import Items

_PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}
"""For notebooks that name no kernel: papermill refuses those."""


def unit_notebook(
    notebook: Notebook,
    step: Step,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str] | None = None,
    *,
    items: Items | None = None,
    itemised: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return the notebook, as JSON of format 4.5, that computes one step of another notebook.

    Args:
        notebook: The user's notebook.
        step: The step.
        parameters: The values of those it reads.
        inputs: What it loads, name -> step; None for all that the step takes.
        items: What it goes over; the notebook computes one item.
        itemised: Outputs that it also saves item by item, and how many items are too many.
    """
    if inputs is None:
        inputs = {item.name: item.source for item in (*step.inputs, *step.carried)}
    return {
        "cells": list(_cells(notebook, step, parameters, inputs, items, itemised)),
        "metadata": _metadata(notebook, step),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _metadata(notebook: Notebook, step: Step) -> dict[str, Any]:
    metadata: dict[str, Any] = {"kernelspec": dict(notebook.metadata.get("kernelspec") or _PYTHON)}
    if info := notebook.metadata.get("language_info"):
        metadata["language_info"] = dict(info)
    metadata["nbprism_unit"] = {
        "schema": 1,
        "pipeline": notebook.name,
        "step": step.name,
        "fingerprint": step.fingerprint,
    }
    return metadata


def _cells(
    notebook: Notebook,
    step: Step,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
    items: Items | None,
    itemised: Mapping[str, int] | None,
) -> Iterator[dict[str, Any]]:
    yield _ours("header", _header(notebook.name, step))
    if parameters:
        yield _ours("parameters", _assignments(parameters), tags=["parameters"])
    early = [part for part in step.replay if not part.after_load]
    late = [part for part in step.replay if part.after_load]
    yield from _replayed(early, 1)
    if inputs:
        yield _ours("load", f"__nbprism__.load(globals(), {dict(inputs)!r})")
    yield from _replayed(late, len(early) + 1)
    if items is not None:
        yield _ours("item", _item(items), nbprism=_from_settings(step, "foreach"))
    if step.settings.when is not None:
        yield _ours("when", _when(step.settings.when), nbprism=_from_settings(step, "when"))
    yield from (_own(notebook.cell(cell)) for cell in step.cells)
    items_too = f"\n__nbprism__.itemise(globals(), {dict(itemised)!r})" if itemised else ""
    # Imported again: `%reset` in a cell of the user's takes it away with everything else.
    module = "import nbprism.runner.unit.step as __nbprism__"
    yield _ours("save", f"{module}{items_too}\n{_save(notebook, step)}")


def _header(pipeline: str, step: Step) -> str:
    # One line whatever the notebook is called: a line break in a name must not become code.
    title = "".join(letter if letter.isprintable() else "?" for letter in pipeline)
    files = f", {dict(step.files)!r}" if step.files else ""
    return (
        f"# Step '{step.name}' of {title}, made by nbprism: edit the notebook, not this file.\n"
        f"import nbprism.runner.unit.step as __nbprism__; __nbprism__.begin({step.name!r}{files})"
    )


def _assignments(parameters: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {value!r}" for name, value in parameters.items())


def _item(items: Items) -> str:
    if items.source is None:
        return f"__nbprism__.item(globals(), {items.variable!r}, values={list(items.values)!r})"
    return f"__nbprism__.item(globals(), {items.variable!r}, of={(items.source, items.name)!r})"


def _when(condition: str) -> str:
    return f"__nbprism__.when(globals(), {condition!r})"


def _from_settings(step: Step, setting: str) -> dict[str, Any]:
    """Return what lets an error in a setting show at the step's first cell."""
    return {"from": step.cells[0], "setting": setting}


def _save(notebook: Notebook, step: Step) -> str:
    # Empty cells are not executed, so they do not count.
    cells = sum(1 for cell in step.cells if notebook.cell(cell).source.strip())
    return (
        f"__nbprism__.save(globals(), {list(step.outputs)!r}, metrics={list(step.metrics)!r}, "
        f"left={list(step.left)!r}, cells={cells})"
    )


def _replayed(fragments: Sequence[Fragment], first: int) -> Iterator[dict[str, Any]]:
    grouped = groupby(fragments, key=lambda fragment: fragment.cell)
    for number, (cell, parts) in enumerate(grouped, first):
        source, line = _joined(parts)
        yield _ours(f"setup-{number}", source, nbprism={"from": cell, "line": line})


def _joined(parts: Iterable[Fragment]) -> tuple[str, int]:
    """Return the fragments as one source whose lines keep their distances, and the first line.

    So line n of the source is line `first + n - 1` of the user's cell, also in tracebacks.
    """
    lines: list[str] = []
    first = 0
    for part in parts:
        first = first or part.line
        lines.extend([""] * (part.line - first - len(lines)))
        lines.extend(part.source.splitlines())
    return "\n".join(lines), first


def _own(cell: NotebookCell) -> dict[str, Any]:
    return _cell(cell.id, cell.source, {"tags": list(cell.tags)} if cell.tags else {})


def _ours(name: str, source: str, **metadata: Any) -> dict[str, Any]:
    return _cell(f"{OURS}{name}", source, metadata)


def _cell(cell_id: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }
