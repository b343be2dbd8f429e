"""The sections of RESULTS.md, each written by the benchmark it is named after.

    <!-- chain.py -->
    ...
    <!-- end of chain.py -->

A benchmark replaces its own section and touches no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import machine

FILE = Path(__file__).with_name("RESULTS.md")
HEAD = (
    "# Results\n\nMade by `make bench`: medians, ranges in brackets, all rows of a table in turn.\n"
)


def write(script: str, title: str, body: Iterable[str], *, quick: bool) -> None:
    """Put a section into RESULTS.md, or only print it after a quick look."""
    section = "\n".join([f"## {title}", "", *body, "", machine.described()])
    print(section)
    if quick:
        return
    start, end = f"<!-- {script} -->", f"<!-- end of {script} -->"
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else HEAD
    before, found, rest = text.partition(start)
    after = rest.partition(end)[2] if found else ""
    text = f"{before.rstrip()}\n\n{start}\n{section}\n{end}\n{after}"
    FILE.write_text(text.rstrip() + "\n", encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
