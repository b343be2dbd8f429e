"""Following a run: the events after a number, first those in its log, then those to come.

Knows no WebSocket. A frame is a JSON array of events, made of the log's own lines. An empty one
says only that the line is open: nobody tells a browser that the other end of it is gone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from nbprism.runner.store import RunFolder
from nbprism.server_ext.settings import ServerSettings
from nbprism.server_ext.tail import LineTail, LogLine

LOST_KIND = "run-lost"
"""Not in any log: its driver, the only one who could write it, is gone."""
UNHEARD_KIND = "run-unheard"
"""Neither: a cluster elsewhere does not answer, or does again. Without a number, for it is no fact
about the run."""

HEARTBEAT_S = 15.0
"""After so long without a frame comes an empty one; `feed.ts` waits for three of them."""


class Pace:
    """How often to look: often while something happens, less often while nothing does."""

    def __init__(self, *, fastest_s: float, slowest_s: float) -> None:
        self._fastest_s = fastest_s
        self._slowest_s = slowest_s
        self.hurry()

    def hurry(self) -> None:
        """Something happened, or was just looked into: start again from the fastest."""
        self._pause_s = self._fastest_s
        self._since = time.monotonic()

    @property
    def silent_s(self) -> float:
        """How long ago `hurry` was called."""
        return time.monotonic() - self._since

    async def wait(self) -> None:
        """Wait until it is time to look again."""
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, self._slowest_s)


class Follower:
    """Yields the frames of one run until it is over or lost.

    Polls, because a log may be on a filesystem that tells nobody about changes.
    """

    def __init__(self, run: RunFolder, *, after: int, settings: ServerSettings) -> None:
        """Prepare to send the events of `run` whose number is larger than `after`."""
        self._run = run
        self._after = after
        self._last = 0
        self._over = False
        self._unheard: Any = None
        self._framed_at = time.monotonic()
        self._lost_check_s = settings.lost_check_s
        self._tail = LineTail(run.log_path, max_bytes=settings.max_frame_bytes, after=after)
        self._pace = Pace(fastest_s=settings.fastest_poll_s, slowest_s=settings.slowest_poll_s)

    async def frames(self) -> AsyncIterator[str]:
        """Yield frames; ends after the run's last event, or after `run-lost`."""
        async for frame in self._frames():
            self._framed_at = time.monotonic()
            yield frame

    async def _frames(self) -> AsyncIterator[str]:
        while not self._over:
            if lines := await self._new_lines():
                if fresh := self._take(lines):
                    yield _frame(fresh)
            elif (summary := await self._looked_at()) is not None:
                for frame in self._told(summary):
                    yield frame
            elif time.monotonic() - self._framed_at > HEARTBEAT_S:
                yield _frame([])
            else:
                await self._pace.wait()

    async def _new_lines(self) -> list[LogLine]:
        # A thread for each look would cost more than all the rest, with many quiet streams.
        return await asyncio.to_thread(self._tail.read) if self._tail.has_changed() else []

    def _take(self, lines: Sequence[LogLine]) -> list[str]:
        fresh = [line.text for line in lines if line.seq > self._after]
        self._after = max(self._after, lines[-1].seq)
        self._last = lines[-1].seq
        self._over = lines[-1].is_final
        self._pace.hurry()
        return fresh

    async def _looked_at(self) -> dict[str, Any] | None:
        """Look, after each long enough silence, how the run stands; None if it is too early."""
        if self._pace.silent_s < self._lost_check_s:
            return None
        summary = await asyncio.to_thread(self._run.summary)
        self._pace.hurry()
        return summary

    def _told(self, summary: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is no event: that nobody is left to write the log, that nothing is heard."""
        if summary["state"] == "lost":
            yield self._farewell(summary)
        elif summary["unheard"] != self._unheard:
            self._unheard = summary["unheard"]
            event = {"seq": 0, "at": time.time(), "kind": UNHEARD_KIND, "unheard": self._unheard}
            yield _frame([json.dumps(event)])

    def _farewell(self, lost: Mapping[str, Any]) -> str:
        self._over = True
        event = {"seq": self._last + 1, "at": time.time(), "kind": LOST_KIND}
        return _frame([json.dumps({**event, "error": lost["error"]})])


def _frame(events: Sequence[str]) -> str:
    return f"[{','.join(events)}]"
