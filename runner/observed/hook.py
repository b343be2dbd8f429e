"""The audit hook: notes what Python code opens, moves, lists and removes while a step runs.

It can be added to a process but not taken away, costs a tenth of a microsecond for every event that
does not matter, and must never raise: that would make the user's own call fail.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from nbprism.runner.observed import contents, named, questions
from nbprism.runner.observed.callers import STANDARD_LIBRARY
from nbprism.runner.observed.forks import Forks
from nbprism.runner.observed.ledger import Ledger
from nbprism.runner.observed.scope import Scope
from nbprism.runner.observed.sighting import How, Sighting

MAX_TAKEN: Final = 64 << 20
"""A file above this that the step reads and then overwrites is not hashed first: hashing would hold
the step up. The step is not reused then."""

_IMPORTING: Final = (
    "<frozen importlib",
    "importlib/",
    "pkgutil.py",
    "pkg_resources/",
    "linecache.py",
)
_ASKED: Final = "asked "
_DEPTH: Final = 4
"""How far up the stack the import system is looked for."""


class Observer:
    """What the cells of one kernel did to files; called by Python itself for every audit event."""

    def __init__(self, store: Path, scope: Scope, ledger: Ledger) -> None:
        self.store, self.scope, self.ledger = store, scope, ledger
        self.cell = 0
        """The number of the cell that runs, counted from when observing began."""
        self.files: dict[str, Sighting] = {}
        self.listed: dict[str, list[str] | None] = {}
        """Absolute folder -> the names in it when they were first asked for; None for no folder."""
        self.asked: dict[str, str] = {}
        """Absolute path -> what was told when it was first asked about (`questions.py`)."""
        self.relative: set[str] = set()
        """Absolute paths outside of the working directory that were given relative to it."""
        self._went_away = False
        """Whether the step has gone to another folder by an absolute path."""
        self.folders: dict[str, None] = {}
        """Folders that were made."""
        self.moved: dict[str, int] = {}
        """Folders that were moved here, with the number of the cell."""
        self.troubles: dict[str, None] = {}
        """Events that could not be noted."""
        self.forks = Forks()
        self._aside = threading.local()

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Note one event; the signature is the one of `sys.addaudithook`."""
        act = _EVENTS.get(event)
        if act is None or getattr(self._aside, "on", False):
            return
        self._aside.on = True
        try:
            act(self, *args)
        except Exception:  # whatever it is, it must not become an error of the user's call
            self.troubles[event] = None
        finally:
            self._aside.on = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let this thread do work of nbprism's own, unobserved."""
        before = getattr(self._aside, "on", False)
        self._aside.on = True
        try:
            yield
        finally:
            self._aside.on = before

    @property
    def has_written(self) -> bool:
        """Whether some file may hold less than was written to it: it is still open."""
        return any(seen.written_in >= 0 for seen in self.files.values())

    @property
    def has_written_now(self) -> bool:
        """Whether something was written since the last cell was entered."""
        return self.cell in {
            *(seen.written_in for seen in self.files.values()),
            *self.moved.values(),
        }

    def hear_forks(self) -> None:
        """Take in what processes that were forked have told."""
        for path, how, cell, before in self.forks.heard():
            if how.startswith(_ASKED):
                self.asked.setdefault(path, how.removeprefix(_ASKED))
                continue
            seen = self.files.setdefault(path, Sighting(before and tuple(before)))
            if how == "name":
                seen.named_in = max(seen.named_in, cell)
                continue
            if how in {"read", "change"} and seen.written_in < 0:
                seen.read = True
            if how != "read":
                seen.written_in = max(seen.written_in, cell)

    def see(self, path: str, how: How) -> None:
        """Note that the file of that absolute path is about to be used."""
        if self.forks.is_one and self.scope.has(path):
            self.forks.tell(path, how, self.cell, contents.marks(path))
            return
        seen = self.files.get(path)
        if seen is None:
            if not self.scope.has(path):
                return
            before = contents.marks(path)
            if before is None and os.path.exists(path):  # noqa: PTH110 - a folder, a pipe, a device
                return
            seen = self.files[path] = Sighting(before)
        if how == "name":
            seen.named_in = self.cell
        else:
            self._note(path, seen, how)

    def expect(self, name: str, usage: str) -> None:
        """Note that the code spells out the path of a file that it reads, writes or changes."""
        path = self._at(name)
        # What is not there yet the step may well make itself, by a command, before it reads it.
        is_read = usage != "writes" and os.path.exists(path)  # noqa: PTH110
        self.see(path, "read" if is_read else "name")
        if usage != "reads" and path in self.files:
            self.files[path].may_write = True

    def told(self, path: str, how: str) -> None:
        """Note what compiled code is about to do with a file, or with all files in a folder."""
        if getattr(self._aside, "on", False):
            return
        with self.aside():
            try:
                self._told(self._at(path), "read" if how == "read" else "write")
            except Exception:  # as in `__call__`
                self.troubles["told"] = None

    def asked_about(self, path: str, answer: str) -> None:
        """Note what the user's code was told about a path that it did not open."""
        if getattr(self._aside, "on", False):
            return
        with self.aside():
            try:
                self._ask(self._at(path), answer)
            except Exception:  # as in `__call__`
                self.troubles["os.stat"] = None

    def _ask(self, path: str, answer: str) -> None:
        if path in self.asked or not self.scope.has(path) or self.scope.is_above(path):
            return
        if self.forks.is_one:
            self.forks.tell(path, f"{_ASKED}{answer}", self.cell, None)
        elif len(self.asked) == questions.MAX_ASKED:
            self.troubles["os.stat"] = None
        elif not self._has_made(path):
            self.asked[path] = answer

    def _has_made(self, path: str) -> bool:
        seen = self.files.get(path)
        return path in self.folders or (seen is not None and seen.written_in >= 0)

    def _told(self, path: str, how: How) -> None:
        if how != "read" or not os.path.isdir(path):  # noqa: PTH112
            self.see(path, how)
            return
        for place, folders, names in os.walk(path):
            if self.scope.has(f"{place}/"):
                self.listed.setdefault(place, [*folders, *names])
            for name in names:
                self.see(f"{place}/{name}", how)

    def enter_cell(self, source: str) -> None:
        """Note that the next cell begins, and the files whose names it spells."""
        self.cell += 1
        self.scope.is_spelt |= self.scope.folder.rstrip(os.sep) in source
        with self.aside():
            for name in named.in_cell(source):
                self.see(self._at(name), "name")

    def _note(self, path: str, seen: Sighting, how: How) -> None:
        if seen.is_only_named and seen.named_in >= 0 and contents.marks(path) != seen.before:
            seen.written_in = self.cell  # by what it was named to: `!wget -O data.csv ...`
        if seen.written_in < 0 and how in {"read", "change"}:
            seen.read = True
        if how != "read":
            if seen.read and seen.written_in < 0 and seen.before is not None:
                seen.digest = self._digest_now(path, seen)
            seen.written_in = self.cell
            self.ledger.note(path)

    def _digest_now(self, path: str, seen: Sighting) -> str | None:
        if seen.before is None or seen.before[2] > MAX_TAKEN or contents.marks(path) != seen.before:
            return None
        return contents.digest(self.store, path)

    def _at(self, path: Any, folder: int = -1) -> str:
        """Return the absolute path, and remember it if that was not what was given."""
        found = _absolute(path, folder)
        if not (self._went_away or os.path.isabs(os.fsdecode(path)) or self.scope.is_below(found)):  # noqa: PTH117
            self.relative.add(found)
        return found

    # What Python says about an event, one method each.

    def _chdir(self, path: Any) -> None:
        self._went_away |= isinstance(path, int) or os.path.isabs(os.fsdecode(path))  # noqa: PTH117

    def _open(self, path: Any, mode: str | None, flags: int) -> None:
        if isinstance(path, int) or _is_import():
            return
        found = self._at(path)
        if flags & os.O_TRUNC or flags & os.O_EXCL:
            self.see(found, "write")
        elif flags & (os.O_WRONLY | os.O_RDWR):
            self.see(found, "change")
        elif mode is not None or os.path.isfile(found):  # noqa: PTH113 - `os.open` on a folder
            self.see(found, "read")

    def _rename(self, source: Any, target: Any, source_dir: int, target_dir: int) -> None:
        old, new = self._at(source, source_dir), self._at(target, target_dir)
        if os.path.isdir(old):  # noqa: PTH112
            self.moved[new] = self.cell
            return
        self.see(old, "change")
        self.see(new, "write")

    def _link(self, source: Any, target: Any, source_dir: int, target_dir: int) -> None:
        self.see(self._at(source, source_dir), "read")
        self.see(self._at(target, target_dir), "write")

    def _symlink(self, _source: Any, target: Any, target_dir: int) -> None:
        self.see(self._at(target, target_dir), "write")

    def _remove(self, path: Any, folder: int = -1) -> None:
        self.see(self._at(path, folder), "write")

    def _truncate(self, path: Any, _length: int) -> None:
        if not isinstance(path, int):
            self.see(self._at(path), "change")

    def _mkdir(self, path: Any, _mode: int, folder: int) -> None:
        found = self._at(path, folder)
        if self.scope.has(found) and not os.path.exists(found):  # noqa: PTH110
            self.folders[found] = None

    def _list(self, path: Any) -> None:
        if isinstance(path, int) or _is_import():
            return
        found = self._at("." if path is None else path)
        if found not in self.listed and self.scope.has(f"{found}/"):
            try:
                self.listed[found] = os.listdir(found)  # noqa: PTH208 - only names are wanted
            except OSError:
                self.listed[found] = None

    def _start(self, _executable: Any, words: Any, folder: Any, _environment: Any) -> None:
        given = named.in_command(words if isinstance(words, str) else list(map(os.fsdecode, words)))
        for name in given:
            self.see(self._at(os.path.join(folder or "", name)), "name")  # noqa: PTH118

    def _system(self, command: Any) -> None:
        self._start(None, os.fsdecode(command), None, None)

    def _database(self, database: Any) -> None:
        name = os.fsdecode(database)
        if name.startswith("file:"):
            name = name.removeprefix("file:").partition("?")[0]
        if name and name != ":memory:":
            self.see(self._at(name), "change")
            # Rows that others have written and that are not in the database file yet.
            self.see(f"{self._at(name)}-wal", "read")


_EVENTS: Final[Mapping[str, Callable[..., None]]] = {
    "open": Observer._open,
    "os.rename": Observer._rename,  # `os.replace` too
    "os.link": Observer._link,
    "os.symlink": Observer._symlink,
    "os.remove": Observer._remove,
    "os.chdir": Observer._chdir,
    "os.truncate": Observer._truncate,
    "os.mkdir": Observer._mkdir,
    "os.listdir": Observer._list,
    "os.scandir": Observer._list,
    "subprocess.Popen": Observer._start,
    "os.system": Observer._system,
    "sqlite3.connect": Observer._database,
}


def _absolute(path: Any, folder: int = -1) -> str:
    text = os.fsdecode(path)
    if folder >= 0:
        text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)  # noqa: PTH115, PTH118
    return os.path.abspath(text)  # noqa: PTH100 - must not follow links, and be quick


def _is_import() -> bool:
    """Tell whether this is Python looking for modules and their source, not the user's code."""
    frame: FrameType | None = sys._getframe(3)
    for _ in range(_DEPTH):
        place = "" if frame is None else frame.f_code.co_filename
        if any(part in place for part in _IMPORTING):
            return True
        if frame is None or not place.startswith(STANDARD_LIBRARY):
            return False
        frame = frame.f_back
    return False
