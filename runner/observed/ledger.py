"""Who is writing which file now, of all runs in a store.

Two runs that write one file at the same time would each keep, for their later steps and for reuse,
what the other one wrote. A line in the store before each first write, and another when the copy
of the file is made, let both see that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbprism.runner import layout

_BEGINS: Final = "+"
_ENDS: Final = "-"


class Ledger:
    """What one unit notes of its writes, and finds of others'."""

    def __init__(self, store: Path, run: str) -> None:
        self._place = layout.writes(store)
        self._me = f"{run}/{secrets.token_hex(4)}/{os.getpid()}"
        self._run = run
        self._file: int | None = None
        self._mine: dict[str, str] = {}
        """What I write, by its short name."""
        self._found: set[str] = set()

    def note(self, path: str) -> None:
        """Note that the file of that absolute path is about to be written."""
        name = hashlib.blake2b(os.fsencode(path), digest_size=12).hexdigest()
        if name not in self._mine:
            self._mine[name] = path
            self._write(_BEGINS, name)

    def close(self) -> set[str]:
        """Note that nothing is being written now; return what others wrote at the same time."""
        if self._mine:
            self._found |= {self._mine[name] for name in self._contested()}
        for name in self._mine:
            self._write(_ENDS, name)
        self._mine.clear()
        return set(self._found)

    def _contested(self) -> set[str]:
        found: set[str] = set()
        writing: dict[str, set[str]] = {name: set() for name in self._mine}
        begun: set[str] = set()
        for what, who, name in self._lines():
            if name not in writing:
                continue
            if who == self._me:
                begun.add(name)
                found |= {name for other in writing[name] if _is_alive(other)}
            elif who.partition("/")[0] != self._run:
                found |= {name} & begun
                (writing[name].add if what == _BEGINS else writing[name].discard)(who)
        return found

    def _lines(self) -> Iterator[list[str]]:
        if self._file is not None:
            text = os.pread(self._file, os.fstat(self._file).st_size, 0).decode()
            yield from (line.split(" ") for line in text.splitlines())

    def _write(self, what: str, name: str) -> None:
        with contextlib.suppress(OSError):  # a full disk: then nobody is warned
            if self._file is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                self._file = os.open(self._place, flags, 0o600)
            os.write(self._file, f"{what} {self._me} {name}\n".encode())


def _is_alive(who: str) -> bool:
    """Return whether a unit that did not say that it is done may still be at it."""
    try:
        os.kill(int(who.rpartition("/")[2]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
