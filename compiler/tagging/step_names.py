"""What a step may be called: the grammar, and the names that are taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.spelling import quoted

MAX_LENGTH = 63
"""Longest name of a step; names become file names and labels."""

SETUP_STEP = "setup"
"""The implicit step of untagged leading cells that compute something."""

METRICS_STEP = "metrics"
"""The implicit step of `metrics` cells that belong to no other step."""

WHOLE_NOTEBOOK = "notebook"
"""The one step of a notebook that tags none."""

ROLE_TAGS = ("imports", "functions", "parameters", "metrics", "skip")

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)
"""Names that Windows keeps for devices; a unit's file could not be written there."""

RESERVED = frozenset(ROLE_TAGS) | {SETUP_STEP} | _DEVICES

_GRAMMAR = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def name_problem(name: str) -> str | None:
    """Return why a step cannot be called that, or None if it can."""
    if not name:
        return "The tag `step:` names no step"
    if name.casefold() in RESERVED or name.casefold().startswith("nbprism"):
        return f"The step name `{name}` is reserved"
    if len(name) > MAX_LENGTH:
        return f"The step name `{name[:20]}...` is too long ({len(name)} characters)"
    if not _GRAMMAR.fullmatch(name):
        return f"{quoted(name)} is not a step name"
    return None


def allowed_name(name: str) -> str:
    """Return the nearest name that a step may have."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "_", name.strip()).strip("_-")[: MAX_LENGTH - 5]
    if not _GRAMMAR.fullmatch(words):
        words = f"step_{words}".rstrip("_") if words else "step_1"
    nearest = (words, f"{words}_step", f"step_{words}")
    return next(choice for choice in nearest if name_problem(choice) is None)


def case_twins(names: Iterable[str]) -> Iterator[Diagnostic]:
    """Yield an error for each name that differs from another in case only."""
    first: dict[str, str] = {}
    for name in names:
        twin = first.setdefault(name.casefold(), name)
        if twin != name:
            yield Diagnostic(
                "step-case-twins",
                "error",
                f"The steps `{twin}` and `{name}` differ only in upper and lower case.",
                f"Use `{twin}` on all of their cells, or give one of them another name.",
                step=name,
            )
