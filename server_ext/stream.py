"""The WebSocket of a run's events: replay after a number, then live, then close.

Closes with 1000 after the run's last event, with 1001 when the server stops, with 1011
on a bug.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from nbprism.server_ext.bodies import sequence_number
from nbprism.server_ext.doors import AUTH_RESOURCE, allowed_socket
from nbprism.server_ext.errors import FieldInvalid, TooManyStreams
from nbprism.server_ext.follow import Follower
from nbprism.server_ext.handlers import ErrorReplies
from nbprism.server_ext.metrics import FRAMES, STREAMS
from nbprism.server_ext.service import PrismService
from nbprism.server_ext.settings import ServerSettings

NORMAL, GOING_AWAY, INTERNAL = 1000, 1001, 1011

Streams = set["EventStream"]
"""The streams that are open, for the limit and for stopping them with the server."""


class EventStream(WebSocketMixin, WebSocketHandler, ErrorReplies):
    """`WS runs/RUN/events`: the events of one run, in frames."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, service: PrismService, settings: ServerSettings, streams: Streams) -> None:
        """Take what the routes pass in."""
        self._service = service
        self._prism_settings = settings
        self._streams = streams
        self._sending: asyncio.Task[None] | None = None

    @allowed_socket("read")
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Refuse what cannot be followed while an HTTP status can still say so."""
        self._follower = await self._follow(kwargs["run"])
        await super().get(*args, **kwargs)

    async def _follow(self, run: str) -> Follower:
        if len(self._streams) >= self._prism_settings.max_streams:
            raise TooManyStreams("This server follows as many runs as it may. Close other tabs.")
        path = self.get_query_argument("path", "")
        if not path:
            raise FieldInvalid("path", "is missing in the query")
        after = sequence_number(self.get_query_argument("after", "0"))
        folder = await asyncio.to_thread(self._service.run, path, run)
        return Follower(folder, after=after, settings=self._prism_settings)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Start sending."""
        super().open(*args, **kwargs)
        self._streams.add(self)
        STREAMS.set(len(self._streams))
        self._sending = asyncio.create_task(self._send())

    def on_message(self, message: str | bytes) -> None:
        """Ignore what the client says: this stream goes one way."""

    def on_close(self) -> None:
        """Stop sending; the client went away, or everything was sent."""
        self._streams.discard(self)
        STREAMS.set(len(self._streams))
        if self._sending is not None:
            self._sending.cancel()

    def go_away(self) -> None:
        """Close because the server stops; the client will come back with `after`."""
        self.close(GOING_AWAY, "the server is stopping")

    async def _send(self) -> None:
        try:
            async for frame in self._follower.frames():
                # Waiting for each frame keeps a slow client from filling the server's memory.
                await self.write_message(frame)
                FRAMES.inc()
            self.close(NORMAL, "the run is over")
        except WebSocketClosedError:
            self.log.debug("nbprism: a stream was closed while sending")
        except Exception:
            self.log.exception("nbprism: internal error %s in a stream", self.error_id)
            self.close(INTERNAL, f"internal error {self.error_id}")
