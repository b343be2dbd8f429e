"""What was observed, as a step's manifest says it; written files are put on the shelf."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Any, Final

from nbprism.runner.observed import contents, copies, questions
from nbprism.runner.observed.hook import Observer
from nbprism.runner.observed.sighting import Sighting

MAX_MOVED: Final = 10_000
"""Files in a folder that was moved into place; with more of them the step is not reused."""


def files(observer: Observer, first_cell: int) -> dict[str, Any]:
    """Return the manifest's `files`.

    What was written before `first_cell` is setup's, which every unit does again for itself; what
    setup read counts, as it may change what the step computes.
    """
    return _Report(observer, first_cell).made()


class _Report:
    def __init__(self, observer: Observer, first_cell: int) -> None:
        self._observer, self._first = observer, first_cell
        self._store, self._scope = observer.store, observer.scope
        self._read: dict[str, str | None] = {}
        self._written: dict[str, dict[str, Any]] = {}
        self._removed: list[str] = []
        self._kept: list[str] = []

    def made(self) -> dict[str, Any]:
        for path, seen in list(self._observer.files.items()):
            self._file(path, seen)
        for folder, cell in self._observer.moved.items():
            if cell >= self._first:
                self._moved(folder)
        copies.settle(self._store, self._kept)
        # After the copies were made: who writes from now on changes none of them.
        contested = self._contested()
        self._listings()
        self._read.update(dict.fromkeys(f"<{event}>" for event in self._observer.troubles))
        return {
            "read": dict(sorted(self._read.items())),
            "asked": dict(sorted(self._answers())),
            "written": dict(sorted(self._written.items())),
            "removed": sorted(self._removed),
            "folders": sorted(self._made_folders()),
            "contested": contested,
        }

    def _file(self, path: str, seen: Sighting) -> None:
        now = contents.marks(path)
        changed = now != seen.before
        is_setup = 0 <= seen.written_in < self._first
        if seen.read and not is_setup:
            self._found(path, self._first_content(path, seen, changed=changed))
        elif seen.is_only_named and not changed and not seen.may_write and now is not None:
            self._found(path, contents.digest(self._store, path))
        if changed and self._may_have_written(seen):
            self._wrote(path, seen)

    def _found(self, path: str, content: str | None) -> None:
        self._read.update(dict.fromkeys(self._names(path), content))

    def _names(self, path: str) -> list[str]:
        return self._scope.names(path, is_relative=path in self._observer.relative)

    def _may_have_written(self, seen: Sighting) -> bool:
        # What is only named, and changed, was written by code that nobody could ask.
        last = seen.named_in if seen.is_only_named else seen.written_in
        return seen.may_write or last >= self._first

    def _first_content(self, path: str, seen: Sighting, *, changed: bool) -> str | None:
        if seen.before is None:
            # Another process may have made it meanwhile: then what was found is not known.
            return contents.ABSENT if seen.written_in >= 0 or not changed else None
        if seen.digest is not None or changed:
            return seen.digest
        return contents.digest(self._store, path)

    def _wrote(self, path: str, seen: Sighting | None) -> None:
        try:
            found = os.stat(path)  # noqa: PTH116
        except OSError:
            if seen is not None and seen.before is not None:
                self._removed.append(self._scope.name(path))
            return
        if not stat.S_ISREG(found.st_mode):
            return
        self._written[self._scope.name(path)] = {
            "digest": self._digest(path),
            "size": found.st_size,
            "mode": stat.S_IMODE(found.st_mode),
        }

    def _digest(self, path: str) -> str | None:
        """Return the digest of a written file; below the working directory it is kept, too."""
        if not self._scope.is_below(path):
            return contents.digest(self._store, path)
        if (digest := copies.keep(self._store, path)) is not None:
            self._kept.append(digest)
        return digest

    def _moved(self, folder: str) -> None:
        for number, path in enumerate(_files_below(folder)):
            if number == MAX_MOVED:
                self._read[f"<more than {MAX_MOVED} files in {folder}>"] = None
                return
            if path not in self._observer.files and self._scope.has(path):
                self._wrote(path, None)

    def _contested(self) -> list[str]:
        """Return what another run wrote at the same time: no copy of it can be trusted."""
        names = map(self._scope.name, self._observer.ledger.close())
        found = sorted(name for name in names if name in self._written)
        for name in found:
            self._written[name]["digest"] = None
        return found

    def _listings(self) -> None:
        own = self._own_paths()
        for folder, names in self._observer.listed.items():
            is_relative = folder in self._observer.relative
            called = self._scope.folder_names(folder, is_relative=is_relative)
            found = contents.ABSENT if names is None else contents.listing(names, folder, own)
            self._read.update(dict.fromkeys(called, found))

    def _answers(self) -> Iterator[tuple[str, str | None]]:
        """Yield what was told of paths that the step has not read, and not made itself."""
        own = {*self._own_paths(), *self._observer.moved}
        for path, told in self._observer.asked.items():
            names = self._names(path)
            is_read = names[0] in self._read and len(told.split()) < 3  # noqa: PLR2004 - a time, too
            if not is_read and path not in own:
                # Somebody else made or removed it meanwhile: what the step went by is not known.
                known = told if questions.answer_now(path, told) == told else None
                yield from ((name, known) for name in names)

    def _own_paths(self) -> list[str]:
        """Return the absolute paths of what the step has made or removed itself."""
        names = (*self._written, *self._removed)
        below = (os.path.join(self._scope.folder, name) for name in names)  # noqa: PTH118
        return [*below, *self._observer.folders]

    def _made_folders(self) -> Iterator[str]:
        for folder in self._observer.folders:
            if os.path.isdir(folder):  # noqa: PTH112
                yield self._scope.name(folder)


def _files_below(folder: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        yield from (f"{place}/{name}" for name in names)
