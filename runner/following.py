"""Following a run while it goes on: its events as they are written. Ctrl-C cancels the run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from nbprism.runner.errors import RunConflict
from nbprism.runner.events import TERMINAL, Event
from nbprism.runner.launch import attend
from nbprism.runner.store import RunFolder

POLL_S = 0.05
SILENCE_S = 2.0
"""How long the log may stay as it is before we look whether the driver still lives."""


def follow(folder: RunFolder, *, cancels: bool = True) -> Iterator[Event]:
    """Yield the run's events as they are written, and end with the run.

    The first Ctrl-C asks the run to stop, if `cancels`, and goes on following; the second one
    leaves it to itself.
    """
    attend(folder)
    asked = False
    seen = 0
    while True:
        try:
            for event in _events(folder, after=seen):
                seen = event.seq
                yield event
        except KeyboardInterrupt:
            if asked or not cancels:
                raise
            asked = True
            _cancel(folder)
        else:
            return


def follow_all(
    folders: Sequence[RunFolder], *, cancels: bool = True
) -> Iterator[tuple[RunFolder, Event]]:
    """Yield the events of several runs as they are written, and end with the last of them.

    Ctrl-C is for all of them what it is for one in `follow`.
    """
    asked = False
    open_runs = {folder.id: _Tailed(folder) for folder in folders}
    while open_runs:
        try:
            for tailed in list(open_runs.values()):
                for event in tailed.read():
                    yield tailed.folder, event
                if tailed.over:
                    del open_runs[tailed.folder.id]
            time.sleep(POLL_S)
        except KeyboardInterrupt:
            if asked or not cancels:
                raise
            asked = True
            for folder in folders:
                _cancel(folder)


class _Tailed:
    """One of several runs that are followed."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder, self.over = folder, False
        self._tail = folder.tail()
        self._heard = time.monotonic()

    def read(self) -> list[Event]:
        new = self._tail.read()
        if new:
            self._heard = time.monotonic()
            self.over = new[-1].kind in TERMINAL
        elif time.monotonic() - self._heard > SILENCE_S:
            self.over = self.folder.summary()["state"] == "lost"
            self._heard = time.monotonic()
        return new


def _events(folder: RunFolder, *, after: int) -> Iterator[Event]:
    tail = folder.tail(after)
    heard = time.monotonic()
    while True:
        new = tail.read()
        yield from new
        if new and new[-1].kind in TERMINAL:
            return
        if new:
            heard = time.monotonic()
        elif time.monotonic() - heard > SILENCE_S:
            if folder.summary()["state"] == "lost":
                return
            heard = time.monotonic()
        time.sleep(POLL_S)


def _cancel(folder: RunFolder) -> None:
    try:
        folder.request_cancel()
    except RunConflict:
        return  # it ended at the same moment
