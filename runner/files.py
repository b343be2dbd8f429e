"""Files that appear whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, data: bytes | memoryview, *, durable: bool = True) -> None:
    """Make `path` hold exactly `data`; a reader sees the old bytes or the new ones.

    Args:
        path: The file, replaced if it exists; its folder must be there.
        data: What it holds afterwards.
        durable: Whether it must survive a power loss that follows at once.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_beside(path: Path) -> Path:
    """Return a fresh name in the folder of `path`, hidden and never the name of anything else."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
