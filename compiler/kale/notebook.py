"""Kale notebooks of every generation, in nbprism's own terms.

Reading and rewriting are one thing: `read_kale` gives the notebook that `from_kale` would write,
so a Kale notebook runs the same before and after it is rewritten. What nbprism cannot honour stays
in the notebook and is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.kale.limits import (
    METADATA_KEYS,
    default_findings,
    default_tags,
    metadata_findings,
    read_wishes,
)
from nbprism.compiler.kale.tags import KaleTags, only_kale_uses, parse_kale_tags
from nbprism.compiler.reading.notebook import Notebook, NotebookCell, notebook_cells, read_notebook
from nbprism.compiler.settings.step import KALE_METADATA, SCHEMA
from nbprism.compiler.tagging.step_names import allowed_name, name_problem


def is_kale(notebook: Notebook) -> bool:
    """Return whether the notebook has Kale's metadata, or tags that only Kale has."""
    return any(key in notebook.metadata for key in METADATA_KEYS) or any(
        only_kale_uses(cell.tags) for cell in notebook.cells
    )


def read_kale(notebook: Notebook) -> tuple[Notebook, tuple[Diagnostic, ...]]:
    """Return the notebook in nbprism's own terms, and what of Kale's has none there."""
    if not is_kale(notebook):
        return notebook, ()
    metadata = _kale_metadata(notebook.metadata)
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    translation = _Translation(default_tags(metadata))
    translation.read([(cell, parse_kale_tags(cell.tags)) for cell in code])
    raw = _rewritten(notebook.raw, translation)
    findings = (*translation.findings, *metadata_findings(metadata))
    changed = replace(notebook, metadata=raw["metadata"], cells=notebook_cells(raw), raw=raw)
    return changed, findings


def from_kale(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Kale notebook rewritten with nbprism's tags and settings; others come back as is.

    Raises:
        NotebookUnreadable: `raw` is not a notebook nbprism can use.
    """
    notebook, _ = read_kale(read_notebook(raw))
    return dict(notebook.raw)


_Tagged = tuple[NotebookCell, KaleTags]


@dataclass(slots=True)
class _Translation:
    """The tags of every cell and the settings of every step, as they are found going down."""

    defaults: tuple[str, ...]
    """Configuration tags that every step has."""
    tags: dict[str, list[str]] = field(default_factory=dict)
    """Cell id -> its tags in nbprism's terms."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Step as Kale has it -> as nbprism can have it."""
    step: str | None = None
    """The step that an untagged cell continues, unless it continues a role."""
    role: str | None = None

    def read(self, cells: Sequence[_Tagged]) -> None:
        for cell, tags in cells:
            for name in tags.steps:
                self.rename(name, cell)
        for cell, tags in cells:
            if tags.role == "skip":
                self.tags[cell.id] = [*tags.others, "skip"]
            else:
                self.place(cell, tags)
        for settings in self.settings.values():
            _merge(settings, read_wishes(self.defaults, "", "").settings)
        self.findings.extend((*default_findings(self.defaults), *_leading(cells)))

    def rename(self, name: str, cell: NotebookCell) -> None:
        if name in self.names:
            return
        ours = name if name_problem(name) is None else allowed_name(name)
        while ours in self.names.values():
            ours = f"{ours}_2"
        self.names[name] = ours
        if ours != name:
            message = f"Kale's step `{name}` is called `{ours}` here."
            hint = "Step names begin with a letter, and some are reserved."
            self.findings.append(
                Diagnostic("kale-step-renamed", "info", message, hint, step=ours, cell=cell.id)
            )

    def place(self, cell: NotebookCell, tags: KaleTags) -> None:
        steps = [self.names[name] for name in tags.steps]
        if not tags.is_continuation:
            self.role = tags.role
            self.step = steps[0] if steps else None
        ours = [self.role] if self.role is not None else [f"step:{name}" for name in steps]
        self.tags[cell.id] = [*tags.others, *ours]
        if tags.role is None:
            self.configure(cell, tags)

    def configure(self, cell: NotebookCell, tags: KaleTags) -> None:
        wishes = read_wishes(tags.configuration, self.step, cell.id)
        self.tags[cell.id].extend(wishes.kept)
        self.findings.extend(wishes.findings)
        if self.step is None:
            self.findings.extend(_lonely(cell, tags))
            return
        settings = self.settings.setdefault(self.step, {})
        after = [self.names.get(name, name) for name in tags.after]
        _merge(settings, wishes.settings | ({"after": after} if after else {}))


def _merge(settings: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add what a later cell of the step, or the defaults, ask for and the step has not yet."""
    for key, value in more.items():
        if key == "after":
            settings[key] = list(dict.fromkeys([*settings.get(key, []), *value]))
        elif key == "resources":
            settings[key] = value | settings.get(key, {})
        else:
            settings.setdefault(key, value)


def _lonely(cell: NotebookCell, tags: KaleTags) -> Iterator[Diagnostic]:
    for name in tags.after:
        yield Diagnostic(
            "kale-not-honoured",
            "warning",
            f"Cell {cell.index + 1} is tagged `prev:{name}` but belongs to no step.",
            "Tag the cell with its step too.",
            cell=cell.id,
        )


def _leading(cells: Sequence[_Tagged]) -> Iterator[Diagnostic]:
    """Say which cells run here that Kale leaves out without a word."""
    untagged = takewhile(lambda tagged: tagged[1].is_continuation, cells)
    leading = [cell for cell, _ in untagged if cell.source.strip()]
    if leading:
        numbers = ", ".join(str(cell.index + 1) for cell in leading)
        yield Diagnostic(
            "kale-leading-cell",
            "info",
            f"Before the first tagged cell there are others: {numbers}.",
            "Kale leaves such cells out, nbprism runs them. Tag one `skip` if it must not run.",
            cell=leading[0].id,
        )


def _kale_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    found = (metadata.get(key) for key in METADATA_KEYS)
    return next((value for value in found if isinstance(value, dict)), {})


def _rewritten(raw: Mapping[str, Any], translation: _Translation) -> dict[str, Any]:
    cells = [_retagged(cell, translation.tags.get(cell["id"])) for cell in raw["cells"]]
    return dict(raw) | {"cells": cells, "metadata": _metadata(raw["metadata"], translation)}


def _retagged(cell: dict[str, Any], tags: list[str] | None) -> dict[str, Any]:
    # Only a list of texts was read, so only that is replaced; the rest is reported by `tags.py`.
    if tags is None or not isinstance(cell["metadata"].get("tags", []), list):
        return cell
    metadata = {key: value for key, value in cell["metadata"].items() if key != "tags"}
    return cell | {"metadata": metadata | ({"tags": tags} if tags else {})}


def _metadata(metadata: Mapping[str, Any], translation: _Translation) -> dict[str, Any]:
    kept = {key: value for key, value in metadata.items() if key not in METADATA_KEYS}
    ours = kept.get("nbprism", {})
    if not isinstance(ours, dict) or not isinstance(ours.get("steps", {}), dict):
        return kept
    steps = {step: asked for step, asked in translation.settings.items() if asked}
    for step, asked in ours.get("steps", {}).items():
        # What is set in nbprism's own place wins over Kale's tags.
        steps[step] = steps.get(step, {}) | asked if isinstance(asked, dict) else asked
    theirs = _kale_metadata(metadata)
    old = {KALE_METADATA: theirs} if theirs else {}
    return kept | {"nbprism": {"schema": SCHEMA} | ours | old | {"steps": steps}}
