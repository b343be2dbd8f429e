"""A hard notebook in one row, with the right answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows import cells_of

from nbprism.compiler.flow import CodeCell


@dataclass(frozen=True)
class Row:
    """Cells and what flows between them, as a run from top to bottom shows it."""

    name: str
    cells: Sequence[str | tuple[str, str]]
    """Sources, a step `s0`, `s1`, ... each; or pairs of a step or role and a source."""
    flows: str | None
    """`s0->s1: x y; s1->s2: z`; None where the values that come out say enough."""
    may: str = ""
    """Flows that a sound answer may add."""
    found: Sequence[str] = ()
    """What must be reported: a code, or also where, as in `undefined-name c1:2`."""
    noted: Sequence[str] = ()
    """Codes that may be reported."""
    runs: bool = True
    """False where it takes more than plain Python to run the cells."""

    def code_cells(self) -> list[CodeCell]:
        """Return the cells as the data flow takes them."""
        pairs = enumerate(self.cells)
        return cells_of(*((f"s{n}", c) if isinstance(c, str) else c for n, c in pairs))
