"""Whether the files, modules and archives that a record speaks of are still as it saw them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner.artifacts import shelf
from nbprism.runner.manifests import archives
from nbprism.runner.observed import contents
from nbprism.runner.reuse.causes import RESULT_REMOVED, Cause
from nbprism.runner.reuse.records import Record

NOT_OBSERVED: Final = Cause("not-observed", "it is not known which files it read")


class World:
    """What lies around the notebook now, as far as steps have read it."""

    def __init__(self, store: Path, folder: Path, ahead: Mapping[str, str] | None = None) -> None:
        """Look from the working directory of the units.

        Args:
            store: Where archives, and what is known of large files, are kept.
            folder: The working directory of the units.
            ahead: Files that will have these digests by the time they are read.
        """
        self._store, self._folder = store, folder
        self._ahead = {} if ahead is None else ahead

    def objection(self, record: Record) -> Cause | None:
        """Return why the record no longer stands for its step, or None if it does."""
        return next(self._objections(record.manifest), None)

    def has_part_in(self, record: Record) -> bool:
        """Return whether the record speaks of files of the user's at all."""
        files = record.manifest.get("files") or {}
        return any(files.values()) or bool(record.manifest.get("modules"))

    def grew_later(self, manifest: Mapping[str, Any]) -> str | None:
        """Return a file that the step wrote and that got another size after it was copied.

        Such as a compressed one that nobody closed: the end of the kernel did.
        """
        for path, written in manifest["files"]["written"].items():
            with contextlib.suppress(OSError):  # removed since: it can be put back
                if (self._folder / path).stat().st_size != written["size"]:
                    return str(path)
        return None

    def _objections(self, manifest: Mapping[str, Any]) -> Iterator[Cause]:
        files = manifest.get("files")
        if files is None:
            yield NOT_OBSERVED
            return
        for path, seen in files["read"].items():
            if seen is None:
                yield Cause("file-changed", f"file {path} changed while it was read", name=path)
            elif self._state(path, files) != seen:
                yield Cause("file-changed", f"file {path} changed", name=path)
        for path, seen in manifest.get("modules", {}).items():
            if seen is None or self._state(path, files) != seen:
                yield Cause("module-changed", f"module {path} changed", name=path)
        for path, written in files["written"].items():
            # Only what lies below the working directory is kept, and can be put back.
            lost = written["digest"] is None or not self._is_kept(written["digest"])
            if lost and (
                written["digest"] is None or self._state(path, files) != written["digest"]
            ):
                yield Cause("file-changed", f"file {path}, which it wrote, changed", name=path)
        if not all(self._is_kept(digest) for digest in archives(manifest)):
            yield RESULT_REMOVED

    def _is_kept(self, digest: str) -> bool:
        return shelf.is_kept(self._store, digest)

    def _state(self, path: str, files: Mapping[str, Any]) -> str | None:
        if path in self._ahead:
            return self._ahead[path]
        return contents.state(self._store, self._folder, path, files)
