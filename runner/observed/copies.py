"""Copies of written files in the store, named by the digest of their bytes as archives are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from nbprism.runner import layout
from nbprism.runner.artifacts import shelf
from nbprism.runner.observed import contents

MAX_THREADS: Final = 16
"""They only wait for the disk."""
_BLOCK: Final = 1 << 20


def keep(store: Path, path: str) -> str | None:
    """Put a copy of the file on the shelf; return its digest, or None if it changed meanwhile.

    A copy, not a link: the user may go on and change the file. It survives a power loss only after
    `settle`.

    Raises:
        StoreFull: there is no space left where the store is.
    """
    before = contents.marks(path)
    if before is None:
        return None
    known = contents.known(store, before)
    if known is not None and _is_there(layout.archive(store, known)):
        return known
    try:
        file = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - closed below
    except OSError:  # removed, or not readable
        return None
    with file, shelf.draft(store, durable=False) as draft:
        while block := file.read(_BLOCK):
            draft.writer.write(block)
        if contents.marks(path) != before:
            draft.discard()
            return None
        digest = draft.keep()
    contents.remember(store, before, digest)
    return digest


def _is_there(archive: Path) -> bool:
    """Return whether the store has it, and make it young: what is needed again is not removed."""
    try:
        os.utime(archive)
    except OSError:
        return False
    return True


def settle(store: Path, digests: Iterable[str]) -> None:
    """Make sure that copies survive a power loss; at once, since the disk does them together."""
    places = [layout.archive(store, digest) for digest in dict.fromkeys(digests)]
    if places:
        with ThreadPoolExecutor(min(len(places), MAX_THREADS)) as pool, suppress(RuntimeError):
            list(pool.map(_settle, places))
            return
        # Python ends, and starts no more threads.
        for place in places:
            _settle(place)


def _settle(place: Path) -> None:
    with place.open("rb") as file:
        os.fsync(file.fileno())
