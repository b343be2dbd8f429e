"""A run's log on disk: one JSON object a line, only ever appended to.

One process writes (the driver, which holds `driver.lock`); any number read and follow. A line is
visible when its newline is: readers leave a torn last line alone, the next writer removes it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Self

from nbprism.runner.errors import LogUnreadable, StoreFull
from nbprism.runner.events import CHATTER, RETOLD, Event, from_json, to_json

KIND_WITHIN: Final = 96
"""`seq`, `at` and `kind` are written first, so a line's kind stands in its first bytes."""


class LogWriter:
    """Appends events to a log; what `append` returned from survives a crash of this process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        _cut_torn_line(self._file)
        self._pending = b""

    def append(self, events: Collection[Event]) -> None:
        """Write the events in one go, and to the disk itself unless they could be had again.

        Raises:
            StoreFull: there is no space. Nothing that readers may have seen is taken back;
                `flush`, or the next `append`, goes on where this one stopped.
        """
        self._pending += b"".join(_line(event) for event in events)
        self.flush(durably=any(event.kind not in RETOLD for event in events))

    def flush(self, *, durably: bool = True) -> None:
        """Write what an `append` could not.

        Raises:
            StoreFull: there is still no space.
        """
        try:
            while self._pending:
                self._pending = self._pending[os.write(self._file, self._pending) :]
            if durably:
                _sync(self._file)
        except OSError as error:
            raise StoreFull(f"The run's log cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LogTail:
    """Gives the events that were added to a log since it was last asked."""

    def __init__(self, path: Path, *, after: int = 0, chatter: bool = True) -> None:
        self._path = path
        self._after = after
        self._chatter = chatter
        self._offset = 0

    def read(self) -> list[Event]:
        """Return the new events, oldest first; an empty list if there are none."""
        return list(self._new())

    def first(self) -> Event | None:
        """Return the next event alone; None if there is none yet."""
        return next(self._new(), None)

    def _new(self) -> Iterator[Event]:
        for line in self._lines():
            if not self._chatter and _is_chatter(line):
                continue
            event = _parse(line)
            if event.seq > self._after:
                self._after = event.seq
                yield event

    def _lines(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                yield line


def read_events(path: Path, *, after: int = 0, chatter: bool = True) -> list[Event]:
    """Return the events of a log whose `seq` is above `after`.

    Raises:
        LogUnreadable: a whole line is not an event this version knows.
    """
    return LogTail(path, after=after, chatter=chatter).read()


def write_log(path: Path, events: Iterable[Event]) -> None:
    """Write a new log."""
    with LogWriter(path) as log:
        log.append(tuple(events))


def _line(event: Event) -> bytes:
    form = to_json(event)
    try:
        text = json.dumps(form, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(form), separators=(",", ":"))
    return text.encode() + b"\n"


def _finite(value: Any) -> Any:
    """Return `value` with NaN and infinities as text: JSON has no word for them."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _parse(line: bytes) -> Event:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise _damaged(line) from error
    if not isinstance(data, dict):
        raise _damaged(line)
    return from_json(data)


def _damaged(line: bytes) -> LogUnreadable:
    return LogUnreadable(f"The run's log has a damaged line: {line[:80]!r}.")


def _is_chatter(line: bytes) -> bool:
    head = line[:KIND_WITHIN]
    return any(f'"kind":"{kind}"'.encode() in head for kind in CHATTER)


def _cut_torn_line(file: int) -> None:
    """Cut off what follows the last newline: a writer died there."""
    size = os.fstat(file).st_size
    whole = size
    while whole and os.pread(file, 1, whole - 1) != b"\n":
        whole -= 1
    if whole != size:
        os.ftruncate(file, whole)


def _sync(file: int) -> None:
    # fdatasync is enough for an append, and cheaper; macOS does not have it.
    getattr(os, "fdatasync", os.fsync)(file)
