"""The content-addressed folder of archives: written once, checked before they are used.

An archive is checked by hashing it, at least once on every machine that reads it. After that a
stamp (device, inode, size and times of the file, which any write changes) stands for the check, so
that loading a large archive again costs nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from nbprism.runner import layout
from nbprism.runner.artifacts import archive, stamps
from nbprism.runner.artifacts.archive import Writer
from nbprism.runner.artifacts.digests import digest_of
from nbprism.runner.artifacts.limits import Limit

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DIGEST: Final = re.compile("[0-9a-f]{64}")


class Draft:
    """An archive that is still being written; it is not on the shelf until it is kept."""

    def __init__(self, store: Path, limit: Limit | None, *, durable: bool) -> None:
        self._store = store
        self._durable = durable
        folder = layout.drafts(store)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
        self._file = os.fdopen(descriptor, "wb", buffering=1 << 16)
        self._path = Path(name)
        self.writer = Writer(self._file, limit)

    def values(self, namespace: dict[str, Any]) -> list[Any]:
        """Return what a reader would get, to see that it can be read."""
        self._file.flush()
        return archive.read(self._path, namespace)

    def keep(self) -> str:
        """Put the archive on the shelf and return its digest."""
        digest = self.writer.finish()
        self._file.flush()
        if self._durable:
            os.fsync(self._file.fileno())
        self._file.close()
        place = layout.archive(self._store, digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._path.chmod(0o400)
        # An archive of that name may be there: it has the same bytes, so replacing it is harmless,
        # and readers of the old file keep their mapping.
        self._path.replace(place)
        if self._durable:
            stamps.remember(self._store, digest, stamps.marks(place.stat()), digest)
        return digest

    def discard(self) -> None:
        """Remove what was written; nothing of it was visible."""
        self.writer.finish()
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def draft(store: Path, limit: Limit | None = None, *, durable: bool = True) -> Iterator[Draft]:
    """Give a draft that is discarded if the block raises.

    Args:
        store: The store's folder.
        limit: How much may be written.
        durable: Whether it must survive a power loss that follows at once.

    Raises:
        StoreFull: there is no space left where the store is.
    """
    opened: Draft | None = None
    try:
        opened = Draft(store, limit, durable=durable)
        yield opened
    except BaseException as error:
        if opened is not None:
            opened.discard()
        if isinstance(error, OSError) and error.errno in _FULL:
            _raise_full(store, error)
        raise


def take_in(store: Path, digest: str, pieces: Iterable[Any], source: str) -> None:
    """Put an archive that comes from elsewhere on the shelf, if it is the one asked for.

    Raises:
        ArtifactMissing: nothing came.
        ArtifactCorrupt: other bytes came; nothing of them is kept.
    """
    from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing

    with draft(store) as arriving:
        for piece in pieces:
            arriving.writer.write(piece)
        if arriving.writer.size == 0:
            raise ArtifactMissing(
                f"{source[0].upper()}{source[1:]} does not have artifact {digest[:12]} any more. "
                "Run the step that made it again."
            )
        if (found := arriving.writer.finish()) != digest:
            raise ArtifactCorrupt(
                f"Artifact {digest[:12]} came from {source} with other bytes ({found[:12]}). Try "
                "again; if it happens again, run the step that made it again."
            )
        arriving.keep()


def has(store: Path, digest: str) -> bool:
    """Return whether an archive is there, as whole as when it was last looked at."""
    from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing

    try:
        check(store, digest)
    except (ArtifactCorrupt, ArtifactMissing):
        return False
    return True


def take(store: Path, digest: str, namespace: dict[str, Any] | None = None) -> list[Any]:
    """Return the values of an archive whose bytes are known to be what they were.

    Raises:
        ArtifactMissing: the store does not have it.
        ArtifactCorrupt: its bytes are not what its name says.
    """
    check(store, digest)
    return archive.read(layout.archive(store, digest), namespace)


def check(store: Path, digest: str) -> None:
    """Make sure that an archive is there and has the bytes its name says."""
    from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing

    if not _DIGEST.fullmatch(str(digest)):  # whatever the JSON has there
        raise ArtifactCorrupt(
            f"A manifest in {store} names an artifact {digest!r}, which is no digest: it was not "
            "written by nbprism, or was damaged since. Run the step that made it again."
        )
    path = layout.archive(store, digest)
    try:
        seen = stamps.marks(path.stat())
        if stamps.recall(store, digest, seen) == digest:
            return
        found = digest_of(path)
    except FileNotFoundError as error:
        raise ArtifactMissing(
            f"The store has no artifact {digest[:12]} ({path}). It was removed after the step that "
            "made it; run that step again."
        ) from error
    if found != digest:
        raise ArtifactCorrupt(
            f"Artifact {digest[:12]} ({path}) was damaged after it was written: its bytes have the "
            f"digest {found[:12]}. Run the step that made it again."
        )
    stamps.remember(store, digest, seen, digest)


def _raise_full(store: Path, error: OSError) -> None:
    from nbprism.runner.errors import StoreFull

    raise StoreFull(
        f"There is no space left for artifacts in {store} ({error.strerror}). Free some space or "
        "put the store somewhere else, then run the step again."
    ) from error
