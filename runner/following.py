"""Following runs while they go on: their events as they are written. Ctrl-C cancels the runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext

from nbprism.runner.errors import RunConflict
from nbprism.runner.events import TERMINAL, Event
from nbprism.runner.interrupts import Interrupts
from nbprism.runner.launch import attend
from nbprism.runner.store import RunFolder

POLL_S = 0.05
SILENCE_S = 2.0
"""How long the log may stay as it is before we look whether the driver still lives."""


def follow(folder: RunFolder, *, cancels: bool = True) -> Iterator[Event]:
    """Yield the run's events as they are written, and end with the run.

    The first Ctrl-C asks the run to stop, if `cancels`, wherever in the caller's loop it comes,
    and the events go on; the second one raises, and leaves the run to itself.
    """
    for _, event in follow_all([folder], cancels=cancels):
        yield event


def follow_all(
    folders: Sequence[RunFolder], *, cancels: bool = True
) -> Iterator[tuple[RunFolder, Event]]:
    """Yield the events of several runs as they are written, and end with the last of them.

    Ctrl-C is for all of them what it is for one in `follow`.
    """
    for folder in folders:
        attend(folder)
    going = [_Tailed(folder) for folder in folders]
    with Interrupts() if cancels else nullcontext() as interrupts:
        while going:
            for tailed in going:
                for event in tailed.read():
                    yield tailed.folder, event
            if interrupts is not None and interrupts.take():
                for tailed in going:
                    _cancel(tailed.folder)
            going = [tailed for tailed in going if not tailed.over]
            if going:
                time.sleep(POLL_S)


class _Tailed:
    """One of the runs that are followed."""

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


def _cancel(folder: RunFolder) -> None:
    try:
        folder.request_cancel()
    except RunConflict:
        return  # it ended at the same moment
