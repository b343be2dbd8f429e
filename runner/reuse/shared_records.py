"""Records that runs of other clusters left in the bucket behind a store, and may take from there.

    reuse/ab/KEY/RUN.zip   the files of one record (`records.py`)

What fits is brought into the store here and is a record like any other from then on. A bucket that
does not answer costs a computation and never a run.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from nbprism.runner import layout, manifests
from nbprism.runner.artifacts.bucket import AT_ONCE, Bucket
from nbprism.runner.errors import StoreError
from nbprism.runner.files import temporary_beside
from nbprism.runner.reuse.records import Computed, Record, Records

FOLDER: Final = "reuse"
"""Where records are in a bucket."""
NEWEST: Final = 8
"""So many records of a key are looked at: more are of files that changed again and again."""

_NAMES: Final = re.compile(r"record\.json|manifest\.json|unit\.ipynb|unit\.[^/\\]+\.jsonl")

log = logging.getLogger("nbprism.reuse")


class SharedRecords(Records):
    """The records in a store and in the bucket behind it."""

    is_far = True

    def __init__(self, store: Path, notebook: Path, bucket: Bucket) -> None:
        """Prepare; nothing is asked yet."""
        super().__init__(store, notebook)
        self._store, self._bucket = store, bucket
        self._asked: set[str] = set()
        self._answers = True
        # To put one there takes longer than the driver may be held up; it ends with the run.
        self._putting = ThreadPoolExecutor(1, thread_name_prefix="nbprism-records")

    def under(self, key: str) -> list[Record]:
        """Return the records of a key, the newest first, those of the bucket among them."""
        # Once for a run: who waits for another run asks often, and no answer takes minutes.
        if self._answers and key not in self._asked:
            self._asked.add(key)
            try:
                self._bring_all(key)
            except (StoreError, OSError) as error:
                self._answers = False
                log.warning("What the bucket has under %s cannot be asked for: %s", key, error)
        return super().under(key)

    def keep(self, computed: Computed) -> None:
        """Make a result a record, here at once and in the bucket soon."""
        super().keep(computed)
        self._putting.submit(self._put, computed.made_of.key, computed.run)

    def bring(self, record: Record) -> None:
        """Have the files that the step wrote here: whoever takes it over copies them.

        Put anew, the record is one that was used lately, which `bucket_gc.py` spares.
        """
        self._putting.submit(self._put, record.key, record.run)
        for path in manifests.written(self._store, record.manifest):
            if not path.exists():
                self._bucket.fetch(self._store, path.name)

    def close(self) -> None:
        """Wait for what is still on its way to the bucket."""
        self._putting.shutdown()

    def _put(self, key: str, run: str) -> None:
        try:
            folder = self._of_key(key) / run
            if folder.is_dir():
                self._bucket.write(_name(key, run), _packed(folder))
        except (StoreError, OSError) as error:
            log.warning("The record of %s was not put into the bucket: %s", key, error)

    def _bring_all(self, key: str) -> None:
        found = self._bucket.listed(_name(key))
        newest = sorted(found, key=lambda thing: thing.changed_at, reverse=True)[:NEWEST]
        for thing in newest:
            place = self._of_key(key) / Path(thing.name).stem
            if not place.exists():
                _unpack(self._bucket.read(thing.name), place)
            if (place / "manifest.json").exists():
                self._mark(manifests.read(place / "manifest.json"))

    def _mark(self, manifest: dict[str, Any]) -> None:
        """Note which archives of a manifest the bucket has, so that they count as being there."""
        archives = [
            *manifests.needed(self._store, manifest),
            *manifests.written(self._store, manifest),
        ]
        digests = [path.name for path in archives if not path.exists()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for digest, has in zip(digests, pool.map(self._bucket.has, digests), strict=True):
                if has:
                    layout.note_in_bucket(self._store, digest)


def _name(key: str, run: str | None = None) -> str:
    return f"{FOLDER}/{key[:2]}/{key}" + ("" if run is None else f"/{run}.zip")


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(folder.iterdir()):
            package.write(path, path.name)
    return buffer.getvalue()


def _unpack(content: bytes, place: Path) -> None:
    """Make a record of what came; it is there whole or not at all."""
    draft = temporary_beside(place)
    try:
        draft.mkdir(parents=True)
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for name in filter(_NAMES.fullmatch, package.namelist()):
                (draft / name).write_bytes(package.read(name))
        draft.rename(place)
    except (OSError, zipfile.BadZipFile) as error:  # damaged, or another run has just brought it
        log.warning("A record of the bucket is not taken: %s", error)
        shutil.rmtree(draft, ignore_errors=True)


def digests_in(content: bytes) -> set[str]:
    """Return the archives that a record in a bucket speaks of, whatever it names them for.

    Raises:
        ValueError, KeyError, zipfile.BadZipFile: it is no record.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return manifests.digests_in(package.read("manifest.json"))
