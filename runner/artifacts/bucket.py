"""Archives in object storage (`s3://`, `gs://`, `az://`), named by the digest of their bytes.

A bucket keeps what the disks of a cluster may lose. Credentials are found where the cloud's own
tools look for them, the environment among other places; none is ever taken from a notebook or a
list of clusters.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbprism.runner.artifacts import shelf
from nbprism.runner.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

ARCHIVES: Final = "artifacts"
"""Where archives are in a bucket."""
PIECE: Final = 8 << 20
"""Bytes asked for at a time."""
AT_ONCE: Final = 4
"""Pieces on their way together: a line has more room than one of them fills."""


def is_bucket(store: str | None) -> bool:
    """Return whether a cluster's `store` is an address, and not a folder."""
    return store is not None and "://" in store


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a bucket, as its list has it."""

    name: str
    size: int
    changed_at: float


class Bucket:
    """What is below one address, archives above all. Every method may raise `StoreError`."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing is asked yet."""
        self._url = url

    def has(self, digest: str) -> bool:
        """Return whether the archive is there."""
        with self._told():
            return self._size(digest) is not None

    def put(self, path: Path, digest: str) -> None:
        """Put an archive there, in parts; one that is there already stays."""
        import obstore

        with self._told():
            if self._size(digest) is None:
                obstore.put(self._objects, _key(digest), path)

    def fetch(self, store: Path, digest: str) -> None:
        """Bring an archive into a store on this machine, piece by piece.

        Raises:
            ArtifactMissing: the bucket does not have it.
            ArtifactCorrupt: other bytes arrived; nothing of them is kept.
        """
        with self._told():
            pieces = self._pieces(digest, self._size(digest) or 0)
            shelf.take_in(store, digest, pieces, source=f"the store {self._url}")

    def listed(self, folder: str) -> list[Thing]:
        """Return all objects below a name."""
        import obstore

        with self._told():
            found = obstore.list(self._objects, folder).collect()
            return [
                Thing(one["path"], one["size"], one["last_modified"].timestamp()) for one in found
            ]

    def read(self, name: str) -> bytes:
        """Return a small object."""
        import obstore

        with self._told():
            return bytes(obstore.get(self._objects, name).bytes())

    def write(self, name: str, content: bytes) -> None:
        """Put a small object there, whole or not at all."""
        import obstore

        with self._told():
            obstore.put(self._objects, name, content)

    def remove(self, names: Sequence[str]) -> None:
        """Remove objects; those that are gone already are as good."""
        import obstore

        with self._told(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._objects, list(names))

    def try_out(self) -> None:
        """Return if an object can be written there, read and removed."""
        import obstore

        name = f"nbprism-{secrets.token_hex(6)}"
        with self._told():
            obstore.put(self._objects, name, b"nbprism")
            obstore.get(self._objects, name)
            obstore.delete(self._objects, name)

    def _size(self, digest: str) -> int | None:
        import obstore

        try:
            return obstore.head(self._objects, _key(digest))["size"]
        except FileNotFoundError:
            return None

    def _pieces(self, digest: str, size: int) -> Iterator[Any]:
        import obstore

        for start in range(0, size, PIECE * AT_ONCE):
            end = min(start + PIECE * AT_ONCE, size)
            starts = list(range(start, end, PIECE))
            ends = [min(first + PIECE, size) for first in starts]
            yield from obstore.get_ranges(self._objects, _key(digest), starts=starts, ends=ends)

    @cached_property
    def _objects(self) -> ObjectStore:
        from obstore.store import from_url

        # Only where somebody names an address without TLS, such as a store of their own.
        return from_url(self._url, client_options={"allow_http": True})

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what goes wrong there as an error of the store's."""
        try:
            from obstore.exceptions import BaseError
        except ImportError as error:
            raise StoreError(f"The store {self._url} needs the package `obstore` here.") from error
        try:
            yield
        except (BaseError, ValueError, FileNotFoundError, PermissionError) as error:
            # Of the text only the beginning: what follows is the anatomy of the request.
            raise StoreError(
                f"The store {self._url} cannot be used: {str(error).splitlines()[0][:200]} Are its "
                "credentials in the environment here, such as AWS_ACCESS_KEY_ID?"
            ) from error


def _key(digest: str) -> str:
    return f"{ARCHIVES}/{digest[:2]}/{digest}"
