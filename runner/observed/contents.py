"""What a file or a folder holds, as a short text that changes when it does.

Large files are hashed once on every machine: after that a stamp (device, inode, size and times,
which any write changes) stands for their bytes.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts import stamps
from nbprism.runner.artifacts.digests import blake3, digest_of
from nbprism.runner.artifacts.stamps import Marks
from nbprism.runner.observed.scope import MACHINERY

ABSENT: Final = "absent"
"""What stands for a file that was looked for and was not there."""
CONTESTED: Final = "contested"
"""What stands for a file that another run wrote at the same time: nobody knows what it holds."""
LARGE: Final = 1 << 20
"""Files below this are hashed anew each time: looking for a stamp takes as long."""

_TICK_NS: Final = 100_000_000
"""Two writes within one tick of the file system's clock look the same; so what was written less
than this ago gets no stamp."""


def state(store: Path, folder: Path, name: str, files: Mapping[str, Any]) -> str | None:
    """Return what is there now under a name that a manifest's `files["read"]` has.

    Equal to what the manifest says if, and only if, the step would find the same again.

    Args:
        store: Where stamps are kept.
        folder: The unit's working directory.
        name: As the manifest has it; a folder's name ends with a slash and stands for the names in
            it, but for those that the step made or removed itself.
        files: The manifest's `files`.
    """
    path = os.path.join(folder, name)  # noqa: PTH118 - a Path would lose the slash at the end
    if not name.endswith("/"):
        return digest(store, path)
    try:
        names = os.listdir(path)  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return ABSENT
    own = (*files["written"], *files["removed"], *files["folders"])
    return listing(names, _normal(folder, name), [_normal(folder, path) for path in own])


def _normal(folder: Path, name: str) -> str:
    return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118


def digest(store: Path, path: str) -> str | None:
    """Return the digest of a file, `ABSENT`, or None if it changed or could not be read."""
    before = marks(path)
    if before is None:
        return ABSENT
    if (found := known(store, before)) is not None:
        return found
    try:
        found = digest_of(path)
    except OSError:
        return None
    if marks(path) != before:
        return None
    remember(store, before, found)
    return found


def known(store: Path, seen: Marks) -> str | None:
    """Return the digest of a large file that looks like that, if it was ever hashed here."""
    return stamps.recall(store, _key(seen), seen) if seen[2] >= LARGE else None


def remember(store: Path, seen: Marks, found: str) -> None:
    """Note the digest of a large file that looked like that before and after it was read."""
    if seen[2] >= LARGE and time.time_ns() - max(seen[3:]) > _TICK_NS:
        stamps.remember(store, _key(seen), seen, found)


def _key(seen: Marks) -> str:
    return f"file-{seen[0]:x}-{seen[1]:x}"


def marks(path: str) -> Marks | None:
    """Return what any write to the file would change, or None if no ordinary file is there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - called for every file a step opens
    except (OSError, ValueError):
        return None
    return stamps.marks(found) if stat.S_ISREG(found.st_mode) else None


def listing(names: Iterable[str], folder: str, own: Collection[str]) -> str:
    """Return the digest of the names in a folder, but for what the step itself made or removed.

    Args:
        names: The names.
        folder: The folder's absolute path.
        own: Absolute paths of what the step made or removed.
    """
    prefix = f"{folder}{os.sep}"
    children = (
        path.removeprefix(prefix).partition(os.sep)[0] for path in own if path.startswith(prefix)
    )
    left_out = {*children, *MACHINERY}
    others = "\0".join(sorted(name for name in names if name not in left_out))
    return blake3(others.encode("utf-8", "surrogateescape")).hexdigest()
