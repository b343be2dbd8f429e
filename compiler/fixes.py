"""Quick fixes: what a hint says, as data, where following it needs no thought.

A fix is one edit of the notebook that a front end carries out, undoably. It is offered, never
applied by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class PlaceCell:
    """Tag a cell `tag`, a role or a step, instead of what it is tagged as now."""

    kind: ClassVar = "place-cell"
    cell: str
    tag: str


@dataclass(frozen=True, slots=True)
class ReplaceTag:
    """Put one tag of a cell in the place of another."""

    kind: ClassVar = "replace-tag"
    cell: str
    tag: str
    by: str


@dataclass(frozen=True, slots=True)
class ReplaceName:
    """Write a name in one line of a cell as another."""

    kind: ClassVar = "replace-name"
    cell: str
    line: int
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class SetAfter:
    """Let a step run after these steps and no others."""

    kind: ClassVar = "set-after"
    step: str
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenameSetting:
    """Move the value of one setting of a step to another."""

    kind: ClassVar = "rename-setting"
    step: str
    setting: str
    by: str


@dataclass(frozen=True, slots=True)
class RemoveSettings:
    """Remove one setting of a step, or all of them."""

    kind: ClassVar = "remove-settings"
    step: str
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class SplitStep:
    """Give a step's cells, from one on, a step of their own."""

    kind: ClassVar = "split-step"
    step: str
    cell: str
    name: str


Edit = PlaceCell | ReplaceTag | ReplaceName | SetAfter | RenameSetting | RemoveSettings | SplitStep


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit, and what it does in a few words, as a button says it."""

    title: str
    edit: Edit

    def to_json(self) -> dict[str, Any]:
        edit = self.edit
        values = {name: getattr(edit, name) for name in edit.__dataclass_fields__}
        listed = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        return {"title": self.title, "edit": {"kind": edit.kind, **listed}}


def skip_cell(cell: str) -> Fix:
    """Return the fix that leaves a cell out of the pipeline."""
    return Fix("Tag the cell `skip`", PlaceCell(cell, "skip"))
