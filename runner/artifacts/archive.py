"""The file of an archive: a pickle stream, aligned buffers, and a footer that says where they are.

    magic | stream | pad | buffer | pad | buffer ... | footer (JSON) | its length | end magic

The footer comes last so that the stream can be written while it is made, and the whole file be
hashed on the way. Buffers are 64-byte aligned and are loaded by private copy-on-write mmap: what a
step does not touch is never read, and what it changes stays its own.
"""

from __future__ import annotations

import mmap
import pickle
import struct
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from nbprism.runner import own_json
from nbprism.runner.artifacts import rebuild
from nbprism.runner.artifacts.digests import blake3
from nbprism.runner.artifacts.limits import Limit
from nbprism.runner.artifacts.pickler import ArtifactPickler
from nbprism.runner.artifacts.sharing import SharedMemory
from nbprism.runner.artifacts.tensors import Storages

MAGIC: Final = b"NBPRISM\x01"
END: Final = b"\x01MSIRPBN"
ALIGN: Final = 64
CHUNK: Final = 8 << 20
"""Hashed and written at the same time, piece by piece of this size."""

_TAIL: Final = struct.Struct("<Q8s")


class Target(Protocol):
    """Where an archive goes: a writer, or what only looks at what would be written."""

    @property
    def size(self) -> int: ...
    def write(self, data: Any, /) -> int: ...
    def align(self) -> None: ...


class Writer:
    """Writes to a file and hashes what it writes, large pieces on another core."""

    def __init__(self, file: BinaryIO, limit: Limit | None = None) -> None:
        self._file = file
        self._limit = limit
        self._hash = blake3()
        self._pool: ThreadPoolExecutor | None = None
        self._pending: list[Future[object]] = []
        self.size = 0

    def write(self, data: Any, /) -> int:
        """Write one piece, of any size."""
        with memoryview(data) as view, view.cast("B") as flat:
            size = flat.nbytes
            if self._limit is not None:
                self._limit.check(self.size + size)
            if size <= CHUNK:
                self._settle()
                self._hash.update(flat)
                self._file.write(flat)
            else:
                self._write_large(flat)
        self.size += size
        return size

    def _write_large(self, flat: memoryview) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="nbprism-hash")
        for start in range(0, flat.nbytes, CHUNK):
            piece = flat[start : start + CHUNK]
            self._pending.append(self._pool.submit(self._hash.update, piece))
            self._file.write(piece)
        self._settle()

    def _settle(self) -> None:
        for future in self._pending:
            future.result()
        self._pending.clear()

    def align(self) -> None:
        """Pad so that the next piece starts at an aligned offset."""
        if gap := -self.size % ALIGN:
            self.write(bytes(gap))

    def finish(self) -> str:
        """Return the digest of everything written."""
        self._settle()
        if self._pool is not None:
            self._pool.shutdown()
        return self._hash.hexdigest()


def write(
    values: list[Any],
    writer: Target,
    *,
    home: dict[str, Any],
    memory: SharedMemory | None,
    storages: Storages,
) -> ArtifactPickler:
    """Write the values as one archive and return the pickler, which knows what it has met."""
    writer.write(MAGIC)
    pickler = ArtifactPickler(writer, home, memory, storages)
    pickler.dump(values)
    stream = [len(MAGIC), writer.size - len(MAGIC)]
    places = []
    for buffer in pickler.buffers:
        writer.align()
        with buffer.raw() as raw:
            places.append([writer.size, raw.nbytes])
            writer.write(raw)
    footer = own_json.dumps({"schema": 1, "stream": stream, "buffers": places}).encode()
    writer.write(footer)
    writer.write(_TAIL.pack(len(footer), END))
    return pickler


class Opened:
    """An archive in memory: its stream and buffers, which stay on disk until they are touched."""

    def __init__(self, path: Path) -> None:
        """Map the file.

        Raises:
            ValueError: it is not an archive.
        """
        with path.open("rb") as file:
            self.mapping = _mapped(file)
        view = memoryview(self.mapping)
        length, end = _TAIL.unpack(view[-_TAIL.size :])
        if end != END or bytes(view[: len(MAGIC)]) != MAGIC:
            raise ValueError("not an archive of nbprism")
        footer = own_json.loads(bytes(view[-_TAIL.size - length : -_TAIL.size]))
        start, size = footer["stream"]
        self.stream = view[start : start + size]
        self.places: list[tuple[int, int]] = [(place, size) for place, size in footer["buffers"]]
        self.buffers = [view[place : place + size] for place, size in self.places]

    def values(self, namespace: dict[str, Any] | None = None) -> list[Any]:
        """Return the values, functions among them living in `namespace`.

        Only for a file whose digest has been checked: a pickle can run any code.
        """
        with rebuild.into(namespace):
            # Checked by the shelf, and written by a step of this user.
            values: list[Any] = pickle.loads(self.stream, buffers=self.buffers)  # noqa: S301
        return values


def read(path: Path, namespace: dict[str, Any] | None = None) -> list[Any]:
    """Return the values of an archive; their bulk stays on disk until it is touched.

    Only for a file whose digest has been checked: a pickle can run any code.
    """
    opened = Opened(path)
    mappings[path] = opened.mapping
    return opened.values(namespace)


mappings: Final[weakref.WeakValueDictionary[Path, mmap.mmap]] = weakref.WeakValueDictionary()
"""Where an archive that was read is in memory, for as long as something that was in it is used."""


def _mapped(file: BinaryIO) -> mmap.mmap:
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    # Without reserve: a mapping larger than memory is fine as long as little of it is changed.
    flags = mmap.MAP_PRIVATE | getattr(mmap, "MAP_NORESERVE", 0)
    return mmap.mmap(file.fileno(), 0, flags=flags, prot=mmap.PROT_READ | mmap.PROT_WRITE)
