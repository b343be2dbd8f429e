"""The tag grammar: what a cell's tags make of it.

`step:NAME` and the role tags are ours; every other tag belongs to another tool and is ignored,
unless it looks like one of ours misspelt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.fixes import Fix, PlaceCell, ReplaceTag
from nbprism.compiler.reading.notebook import NotebookCell
from nbprism.compiler.spelling import listed, nearest, quoted
from nbprism.compiler.tagging.step_names import ROLE_TAGS, allowed_name, name_problem

STEP_PREFIX = "step:"

RoleTag = Literal["imports", "functions", "parameters", "metrics", "skip"]

_ROLES: dict[str, RoleTag] = {
    "skip": "skip",
    "parameters": "parameters",
    # papermill's: the cell it put under `parameters` when it executed this notebook.
    "injected-parameters": "parameters",
    "imports": "imports",
    "functions": "functions",
    "metrics": "metrics",
}
"""By tag; where one cell has several, the first one here decides."""

_SETUP = {"imports", "functions"}


@dataclass(frozen=True, slots=True)
class CellTags:
    """What one cell's tags say: at most one step and one role."""

    step: str | None = None
    role: RoleTag | None = None
    findings: tuple[Diagnostic, ...] = ()


_UNTAGGED = CellTags()


def read_tags(cell: NotebookCell) -> CellTags:
    """Return what the tags make of a code cell, with everything wrong about them."""
    if "tags" not in cell.metadata:
        return _UNTAGGED
    well_formed = cell.metadata["tags"] == [*cell.tags]
    return (_faultless(cell.tags) if well_formed else None) or _read(cell)


@lru_cache(maxsize=4096)
def _faultless(tags: tuple[str, ...]) -> CellTags | None:
    """Return what the tags make of any code cell, None if something is wrong about them."""
    read = _read(NotebookCell("", 0, "code", "", tags, {"tags": [*tags]}))
    return None if read.findings else read


def _read(cell: NotebookCell) -> CellTags:
    roles = list(dict.fromkeys(role for tag, role in _ROLES.items() if tag in cell.tags))
    names = list(dict.fromkeys(_step_name(tag) for tag in cell.tags if _is_step(tag)))
    usable = [name for name in names if name_problem(name) is None]
    role = roles[0] if roles else None
    findings = (
        *_malformed(cell),
        *_misspelt(cell),
        *_bad_names(cell, names),
        *_two_steps(cell, usable),
        *_conflicts(cell, roles, usable),
    )
    own_step = role in (None, "metrics") and usable
    return CellTags(usable[0] if own_step else None, role, findings)


def _is_step(tag: str) -> bool:
    return tag.startswith(STEP_PREFIX)


def _step_name(tag: str) -> str:
    return tag.removeprefix(STEP_PREFIX)


def _malformed(cell: NotebookCell) -> Iterator[Diagnostic]:
    tags = cell.metadata.get("tags", [])
    if not isinstance(tags, list) or len(cell.tags) != len(tags):
        yield Diagnostic(
            "tags-malformed",
            "error",
            f"The tags of cell {cell.index + 1} must be a list of texts.",
            "Correct `tags` in the cell's metadata.",
            cell=cell.id,
        )


def _misspelt(cell: NotebookCell) -> Iterator[Diagnostic]:
    for tag in dict.fromkeys(cell.tags):
        if meant := _meant(tag):
            yield Diagnostic(
                "tag-misspelt",
                "warning",
                f"Cell {cell.index + 1} is tagged {quoted(tag)}, which nbprism does not know.",
                f"Did you mean `{meant}`?",
                cell=cell.id,
                fix=_other_tag(cell, tag, meant),
            )


@lru_cache(maxsize=1024)
def _meant(tag: str) -> str | None:
    """Return the tag of ours that a foreign one looks like, or None."""
    if _is_step(tag) or tag in _ROLES:
        return None
    word, colon, name = tag.partition(":")
    if colon:
        return f"{STEP_PREFIX}{name.strip()}" if nearest(word, ["step"], cutoff=0.75) else None
    if tag.casefold() in ("step", "steps"):
        return f"{STEP_PREFIX}NAME"
    return nearest(tag, ROLE_TAGS, cutoff=0.85)


def _bad_names(cell: NotebookCell, names: list[str]) -> Iterator[Diagnostic]:
    for name in names:
        if problem := name_problem(name):
            reserved = "reserved" in problem
            allowed = f"{STEP_PREFIX}{allowed_name(name)}"
            yield Diagnostic(
                "step-name-reserved" if reserved else "step-name-invalid",
                "error",
                f"{problem} (cell {cell.index + 1}).",
                "A name is a letter, then letters, digits, `_` or `-`, at most 63; "
                f"for example `{allowed}`.",
                cell=cell.id,
                fix=_other_tag(cell, f"{STEP_PREFIX}{name}", allowed),
            )


def _other_tag(cell: NotebookCell, tag: str, by: str) -> Fix | None:
    """Return the fix that changes a tag, unless `by` only shows the form of one."""
    placeholder = by == f"{STEP_PREFIX}NAME"
    return None if placeholder else Fix(f"Change to `{by}`", ReplaceTag(cell.id, tag, by))


def _two_steps(cell: NotebookCell, names: list[str]) -> Iterator[Diagnostic]:
    if len(names) > 1:
        yield Diagnostic(
            "two-steps-on-cell",
            "error",
            f"Cell {cell.index + 1} is in {len(names)} steps: {listed(names)}.",
            "Keep one of the tags, or split the cell.",
            step=names[0],
            cell=cell.id,
            fix=Fix(f"Keep `{names[0]}`", PlaceCell(cell.id, f"{STEP_PREFIX}{names[0]}")),
        )


def _conflicts(cell: NotebookCell, roles: list[RoleTag], steps: list[str]) -> Iterator[Diagnostic]:
    tags: list[str] = [*roles, *(f"{STEP_PREFIX}{name}" for name in steps[:1])]
    harmless = "skip" in roles or roles == ["metrics"] or (set(roles) == _SETUP and not steps)
    if harmless or len(tags) < 2:  # noqa: PLR2004
        return
    yield Diagnostic(
        "tags-conflict",
        "error",
        f"Cell {cell.index + 1} cannot be {listed(tags)} at once.",
        "Keep one of these tags, or split the cell. Only `metrics` may stand beside a step.",
        step=steps[0] if steps else None,
        cell=cell.id,
    )
