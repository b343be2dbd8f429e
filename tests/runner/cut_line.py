"""A line to a cluster that can be cut in silence: nothing comes through, and nobody is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

HOST = "127.0.0.1"


class OneJob:
    """As much of Ray's Jobs API as one run needs; its job tells what it is given, from the first."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.submitted: list[str] = []

    def application(self) -> Application:
        cluster = self

        class Packages(RequestHandler):
            def get(self) -> None:
                self.finish()

        class Submit(RequestHandler):
            def post(self) -> None:
                cluster.submitted.append(json.loads(self.request.body)["submission_id"])
                self.finish({})

        class Status(RequestHandler):
            def get(self, job: str) -> None:
                if job not in cluster.submitted:
                    self.set_status(404)
                self.finish({"status": "RUNNING", "message": ""})

        class Tail(WebSocketHandler):
            async def open(self, job: str) -> None:
                said = 0
                while self.ws_connection is not None:
                    for line in cluster.told[said:]:
                        await self.write_message(f"{line}\n")
                        said += 1
                    await asyncio.sleep(0.01)

        return Application([
            (r"/api/packages/gcs/.*", Packages), (r"/api/jobs/", Submit),
            (r"/api/jobs/([^/]+)", Status), (r"/api/jobs/([^/]+)/logs/tail", Tail),
        ])  # fmt: skip


class Line:
    """Passes on what comes through it, in both directions, unless it is cut."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._open = asyncio.Event()
        self._open.set()
        self._passing: set[asyncio.Task[None]] = set()
        self.loop = asyncio.get_running_loop()

    async def listen(self) -> int:
        self._server = await asyncio.start_server(self._pass_on, HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def cut(self) -> None:
        self.loop.call_soon_threadsafe(self._open.clear)

    def heal(self) -> None:
        self.loop.call_soon_threadsafe(self._open.set)

    async def _pass_on(self, near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        await self._open.wait()
        far, there = await asyncio.open_connection(HOST, self._behind)
        for way in (self._one_way(near, there), self._one_way(far, out)):
            self._spawn(way)

    async def _one_way(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(to):
            while piece := await source.read(1 << 16):
                await self._open.wait()
                to.write(piece)
                await to.drain()

    def _spawn(self, way: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(way)
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)


@contextlib.contextmanager
def behind_a_line(cluster: OneJob) -> Iterator[tuple[Line, str]]:
    """Give a line to a cluster, and the address of its near end."""
    ready, found = threading.Event(), []

    async def serve() -> None:
        over = asyncio.Event()
        sockets = bind_sockets(0, HOST)
        server = HTTPServer(cluster.application())
        server.add_sockets(sockets)
        line = Line(sockets[0].getsockname()[1])
        found.extend([line, await line.listen(), over])
        ready.set()
        await over.wait()
        await line.close()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(60)
    line, port, over = found
    try:
        yield line, f"http://{HOST}:{port}"
    finally:
        line.loop.call_soon_threadsafe(over.set)
        thread.join(60)
