"""What was found out about a file, kept for as long as the file looks the same.

A stamp is device, inode, size and times: any write changes them. Stamps belong to one boot of one
machine, and are only a saving of time: where they cannot be written nothing is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from functools import cache
from pathlib import Path

from nbprism.runner import own_json

Marks = tuple[int, int, int, int, int]
"""Device, inode, size, time of the last change of the bytes, and of anything."""


def marks(stat: os.stat_result) -> Marks:
    """Return what any write to the file would change."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def remember(store: Path, key: str, seen: Marks, found: str) -> None:
    """Note what was found out about a file while it looked like that."""
    place = _place(store, key)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f"{key}.{os.getpid()}")
        draft.write_text(own_json.dumps([*seen, found]), encoding="utf-8")
        draft.replace(place)


def recall(store: Path, key: str, seen: Marks) -> str | None:
    """Return what is known of a file that looks like that, or None."""
    try:
        *then, found = own_json.loads(_place(store, key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(found) if then == list(seen) else None


def _place(store: Path, key: str) -> Path:
    return store / "artifacts" / "checked" / _machine() / key


@cache
def _machine() -> str:
    """Return a name for this boot of this machine: stamps of another one say nothing here."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    name = boot.read_text(encoding="ascii") if boot.exists() else platform.node()
    return hashlib.sha256(name.encode()).hexdigest()[:12]
