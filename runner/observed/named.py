"""File names spelt out in cells and commands: for what is opened where no hook is called.

Readers written in C++ or Rust and other processes open files by themselves. Where a cell spells a
name (`pq.read_table("sales.parquet")`, `!sort words.txt`), its file is looked at before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

MAX_NAMES: Final = 200
"""A cell with more names than this holds data, not file names."""
MAX_LENGTH: Final = 300

_QUOTED: Final = re.compile(r"""(['"])((?:(?!\1)[^\\\n])+)\1""")
_COMMAND: Final = re.compile(r"^\s*(?:[\w, ]+=\s*)?!+(.+)$", re.MULTILINE)
_SHELL_CELL: Final = re.compile(
    r"\A\s*%%(?:bash|sh|script|!|system|writefile|sx)\b(.*)\Z", re.DOTALL
)
_FILE: Final = re.compile(r"[^\n*?<>|;&$`{}()=,:]*[\w)-]\.[A-Za-z]\w{0,9}")


def in_cell(source: str) -> Iterator[str]:
    """Yield what looks like the name of a file in the source of a cell."""
    found = dict.fromkeys(_words(source))
    if len(found) <= MAX_NAMES:
        yield from found


def in_command(command: str | Sequence[str]) -> Iterator[str]:
    """Yield what looks like the name of a file in a command, as text or word by word."""
    words = re.split(r"[\s'\";|&<>()]+", command) if isinstance(command, str) else command
    yield from filter(_looks_like_a_file, words)


def _words(source: str) -> Iterator[str]:
    for _, text in _QUOTED.findall(source):
        yield from filter(_looks_like_a_file, [text])
        # `duckdb.sql("select * from 'sales.parquet'")`
        yield from filter(_looks_like_a_file, (inner for _, inner in _QUOTED.findall(text)))
    for command in (*_COMMAND.findall(source), *_SHELL_CELL.findall(source)):
        yield from in_command(command)


def _looks_like_a_file(text: str) -> bool:
    return len(text) <= MAX_LENGTH and _FILE.fullmatch(text) is not None
