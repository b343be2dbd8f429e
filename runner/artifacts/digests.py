"""The digest that names content, archives and files alike (docs/adr/0021-digests.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blake3 import blake3

__all__ = ["blake3", "digest_of"]

_BLOCK: Final = 1 << 20


def digest_of(path: str | Path) -> str:
    """Return the digest of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    digest = blake3()
    # Not mapped into memory: a file that is cut short meanwhile would kill the process.
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - called for every file of a step
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
