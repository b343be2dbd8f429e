"""Files of which a part of the path is not spelt out: `glob("data/*.csv")`, `f"part_{n}.txt"`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from nbprism.compiler.walk.heap import UNKNOWN
from nbprism.compiler.walk.records import FileUse

_ANY = "*"
_PIECES = {_ANY: ".*", UNKNOWN: ".+"}


def is_pattern(path: str) -> bool:
    """Return whether the path may stand for several files."""
    return _ANY in path or UNKNOWN in path


def shown(path: str) -> str:
    """Return the path for people."""
    return path.replace(UNKNOWN, "…")


def meetings(uses: Mapping[str, Sequence[FileUse]]) -> Iterator[tuple[FileUse, FileUse]]:
    """Yield pairs of uses, the earlier one first, of which one may read what the other writes.

    Two steps that write files of such names are not held to wait for each other.
    """
    for pattern in filter(is_pattern, sorted(uses)):
        met = [use for path, users in uses.items() if _fits(pattern, path) for use in users]
        if len({use.writes for use in met}) == 1:
            continue
        met.sort(key=lambda use: use.order)
        for index, use in enumerate(met):
            for earlier in met[:index]:
                both = earlier.writes != use.writes and earlier.step != use.step
                if both and pattern in (earlier.path, use.path):
                    yield earlier, use


def _fits(pattern: str, path: str) -> bool:
    """Return whether both may name one file; two texts put together do if they are put so alike."""
    if pattern == path:
        return True
    if UNKNOWN in pattern and is_pattern(path):
        return False
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(f"([{_ANY}{UNKNOWN}])", pattern)
    return re.compile(
        "".join(_PIECES.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL
    )
