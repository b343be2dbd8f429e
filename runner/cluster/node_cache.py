"""What a node keeps of the values that came to it: all of them, until its disk gets full.

Then those go that were not used for longest. What is gone comes again when a step needs it, from
the driver's disk or the bucket. On the driver's own disk only what the bucket has may go.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbprism.runner import layout

FULL: Final = 0.9
"""The part of a disk from which on values are removed from it."""
ENOUGH: Final = 0.8
"""The part to which they are."""
YOUNG_S: Final = 600.0
"""What was used so lately stays: a step may be about to load it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    size: int
    used_at: float


def note_used(paths: Iterable[Path]) -> None:
    """Note that a step needs these files now."""
    for path in paths:
        with contextlib.suppress(OSError):
            found = path.stat()
            # Seldom: an archive that was touched is hashed again before it is loaded.
            if time.time() - found.st_atime > YOUNG_S / 2:
                os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))


def make_room(store: Path) -> int:
    """Remove archives if the disk of the store is nearly full; return how many bytes went."""
    disk = shutil.disk_usage(store)
    if disk.used < FULL * disk.total:
        return 0
    gone, wanted = 0, disk.used - ENOUGH * disk.total
    for kept in sorted(_old(store), key=lambda kept: kept.used_at):
        if gone >= wanted:
            break
        kept.path.unlink(missing_ok=True)
        gone += kept.size
    return gone


def _old(store: Path) -> Iterator[_Kept]:
    before = time.time() - YOUNG_S
    is_drivers = any((store / "runs").glob("*/events.jsonl"))
    for path in (store / "artifacts").glob("[0-9a-f][0-9a-f]/*"):
        with contextlib.suppress(OSError):
            found = path.stat()
            used_at = max(found.st_atime, found.st_mtime)
            is_elsewhere = not is_drivers or layout.in_bucket(store, path.name).exists()
            if used_at < before and is_elsewhere:
                yield _Kept(path, found.st_size, used_at)
