"""Ids for cells that lack a usable one: the same notebook always gets the same ids.

nbformat invents random ids at each read, so two reads of one file would disagree about which cell
failed. Here a missing id follows from the cell's position and source.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from nbprism.compiler.diagnostics import Diagnostic

OURS = "nbprism-"
"""Prefix of the ids of cells that units add."""

_USABLE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def settle_ids(given: Sequence[object], sources: Sequence[str]) -> tuple[str, ...]:
    """Return one usable id per cell: the given one, or one derived from position and source."""
    taken: set[object] = {value for value in given if _usable(value)}
    if len(taken) == len(given):
        return tuple(map(str, given))  # as nearly always
    seen: set[object] = set()
    ids = []
    for index, (value, source) in enumerate(zip(given, sources, strict=True)):
        if _usable(value) and value not in seen:
            ids.append(str(value))
        else:
            ids.append(_derived(index, source, taken))
        seen.add(ids[-1])
        taken.add(ids[-1])
    return tuple(ids)


def id_findings(given: Sequence[object], settled: Sequence[str]) -> Iterable[Diagnostic]:
    """Yield a note where ids had to be derived, one for all missing and one per repeated id."""
    if missing := [number for number, value in enumerate(given, 1) if value is None]:
        yield Diagnostic(
            "cell-id-missing",
            "info",
            f"{_cells(missing)} without an id; nbprism derives one from position and content.",
            "Save the notebook once in JupyterLab 4 to give every cell an id of its own.",
        )
    for number, (value, cell) in enumerate(zip(given, settled, strict=True), 1):
        if value is not None and value != cell:
            yield Diagnostic(
                "cell-id-unusable",
                "info",
                f"Cell {number} has an id that is taken or not allowed; nbprism uses '{cell}'.",
                "Save the notebook once in JupyterLab 4 to give it an id of its own.",
                cell=cell,
            )


def _usable(value: object) -> bool:
    return (
        isinstance(value, str)
        and _USABLE.fullmatch(value) is not None
        and not value.startswith(OURS)
    )


def _derived(index: int, source: str, taken: set[object]) -> str:
    salt = 0
    while True:
        content = f"{index}\0{salt}\0{source}".encode()
        candidate = f"cell-{index}-{hashlib.blake2b(content, digest_size=5).hexdigest()}"
        if candidate not in taken:
            return candidate
        salt += 1


def _cells(numbers: Sequence[int]) -> str:
    return f"Cell {numbers[0]} is" if len(numbers) == 1 else f"{len(numbers)} cells are"
