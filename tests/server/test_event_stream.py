from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from runs import accepted_run, driven
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClientConnection

from nbprism.runner import events as ev
from nbprism.runner.store import RunFolder
from nbprism.runner.unheard import Unheard, heard
from nbprism.server_ext import follow
from nbprism.server_ext.app import PrismApp

DEADLINE_S = 60


@dataclass
class Received:
    """What came through one socket until it was closed."""

    frames: list[list[dict[str, Any]]] = field(default_factory=list)
    close_code: int | None = None

    @property
    def numbers(self) -> list[int]:
        return [event["seq"] for frame in self.frames for event in frame]

    @property
    def kinds(self) -> list[str]:
        return [event["kind"] for frame in self.frames for event in frame]


Connect = Callable[..., Awaitable[WebSocketClientConnection]]


@pytest.fixture
def connect(jp_ws_fetch: Any) -> Iterator[Connect]:
    sockets: list[WebSocketClientConnection] = []

    async def to(run: RunFolder, **query: str) -> WebSocketClientConnection:
        query.setdefault("path", "a.ipynb")
        sockets.append(await jp_ws_fetch("nbprism", "runs", run.id, "events", params=query))
        return sockets[-1]

    yield to
    for socket in sockets:
        socket.close()


async def next_frame(socket: WebSocketClientConnection) -> list[dict[str, Any]] | None:
    frame = await asyncio.wait_for(socket.read_message(), DEADLINE_S)
    return None if frame is None else list(json.loads(frame))


async def next_events(socket: WebSocketClientConnection) -> list[dict[str, Any]]:
    """Return the next frame that says more than that the line is open."""
    while not (frame := await next_frame(socket)):
        assert frame is not None, "the stream has ended"
    return frame


async def everything(socket: WebSocketClientConnection) -> Received:
    received = Received()
    while (frame := await next_frame(socket)) is not None:
        received.frames.append(frame)
    received.close_code = socket.close_code
    return received


def ended_run(folder: Path) -> RunFolder:
    run = accepted_run(folder)
    with driven(run) as driver:
        driver.start()
        driver.end()
    return run


async def test_a_run_that_is_over_is_replayed_and_the_socket_closed(
    connect: Connect, jp_root_dir: Path
) -> None:
    received = await everything(await connect(ended_run(jp_root_dir)))
    assert received.numbers == [1, 2, 3, 4, 5]
    assert received.kinds[-1] == "run-succeeded"
    assert received.close_code == 1000


@pytest.mark.parametrize(("after", "numbers"), [("0", [1, 2, 3, 4, 5]), ("3", [4, 5]), ("5", [])])
async def test_only_what_came_after_the_number_is_replayed(
    connect: Connect, jp_root_dir: Path, after: str, numbers: list[int]
) -> None:
    received = await everything(await connect(ended_run(jp_root_dir), after=after))
    assert (received.numbers, received.close_code) == (numbers, 1000)


async def test_an_event_that_is_written_arrives_at_once(
    connect: Connect, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        driver.start()
        socket = await connect(run, after="4")
        driver.write(ev.StepQueued, step="load", attempt=1)
        frame = await next_frame(socket)
        assert frame is not None
        assert [event["kind"] for event in frame] == ["step-queued"]
        driver.end()  # it came while the run went on, and not at its end
        assert (await everything(socket)).kinds == ["run-succeeded"]


async def test_the_events_are_those_of_the_log(connect: Connect, jp_root_dir: Path) -> None:
    run = ended_run(jp_root_dir)
    received = await everything(await connect(run))
    events = [event for frame in received.frames for event in frame]
    assert events == [ev.to_json(event) for event in run.events()]


async def test_two_tabs_see_the_same(connect: Connect, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    sockets = [await connect(run), await connect(run)]
    with driven(run) as driver:
        driver.start()
        driver.end()
    first, second = [await everything(socket) for socket in sockets]
    assert first.numbers == second.numbers == [1, 2, 3, 4, 5]


async def test_a_long_log_comes_in_several_frames(connect: Connect, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 400_000}
    ops = [{"op": "append", "output": output}]
    with driven(run) as driver:
        driver.start()
        driver.write(ev.StepQueued, step="load", attempt=1)
        driver.write(ev.StepStarted, step="load", attempt=1, pid=1)
        for _ in range(6):
            driver.write(ev.CellOutput, step="load", attempt=1, cell="a", ops=ops)
        driver.end()
    received = await everything(await connect(run))
    assert received.numbers == list(range(1, 14))
    assert len(received.frames) >= 3


async def test_a_run_whose_driver_is_gone_ends_as_lost(connect: Connect, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        driver.start()
    received = await everything(await connect(run))
    assert received.numbers == [1, 2, 3, 4, 5]
    assert received.kinds[-1] == "run-lost"
    assert received.frames[-1][-1]["error"]["code"] == "driver-lost"
    assert received.close_code == 1000


async def test_since_when_nothing_is_heard_of_a_run_is_told_without_a_number(
    connect: Connect, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        driver.start()
        Unheard(5.0, "cluster-unreachable", "It does not answer.").note(run.path)
        socket = await connect(run, after="4")
        [silent] = await next_events(socket)
        heard(run.path)
        [back] = await next_events(socket)
        driver.end()
    assert (silent["seq"], silent["kind"]) == (0, "run-unheard")
    assert silent["unheard"] == {"since": 5.0, "why": "It does not answer."}
    assert back["unheard"] is None


async def test_a_quiet_run_with_a_living_driver_is_not_lost(
    connect: Connect, jp_root_dir: Path, app: PrismApp
) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        driver.start()
        socket = await connect(run, after="4")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(socket.read_message(), app.prism_settings().lost_check_s * 1.5)


async def test_what_a_client_says_is_ignored(connect: Connect, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        socket = await connect(run)
        await socket.write_message("{}")
        await socket.write_message(b"\xff", binary=True)
        driver.start()
        driver.end()
        assert (await everything(socket)).kinds[-1] == "run-succeeded"


REFUSED = [
    pytest.param({"after": "-1"}, 422, id="negative"),
    pytest.param({"after": "abc"}, 422, id="no number"),
    pytest.param({"after": "1e9"}, 422, id="exponent"),
    pytest.param({"path": ""}, 422, id="no path"),
    pytest.param({"path": "../a.ipynb"}, 404, id="outside the root"),
    pytest.param({"path": "sub/a.ipynb"}, 404, id="another folder's run"),
]


@pytest.mark.parametrize(("query", "status"), REFUSED)
async def test_what_cannot_be_followed_is_refused_before_the_socket_opens(
    connect: Connect, jp_root_dir: Path, query: dict[str, str], status: int
) -> None:
    run = accepted_run(jp_root_dir)
    with pytest.raises(HTTPClientError) as caught:
        await connect(run, **query)
    assert caught.value.code == status


async def test_stopping_the_server_closes_the_streams_and_lets_the_run_go_on(
    connect: Connect, jp_root_dir: Path, app: PrismApp
) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        socket = await connect(run, after="1")
        await app.stop_extension()
        assert (await everything(socket)).close_code == 1001
        driver.start()
    assert not run.cancel_requested()


async def test_a_client_that_goes_away_is_forgotten(
    connect: Connect, jp_root_dir: Path, app: PrismApp
) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run):
        socket = await connect(run, after="1")
        assert app.open_streams == 1
        socket.close()
        for _ in range(DEADLINE_S * 100):
            if not app.open_streams:
                break
            await asyncio.sleep(0.01)
        assert app.open_streams == 0


async def test_a_silent_run_says_that_the_line_is_open(
    connect: Connect, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "HEARTBEAT_S", 0.05)
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        socket = await connect(run, after="1")
        assert [await next_frame(socket) for _ in range(3)] == [[], [], []]
        driver.start()
        while not (frame := await next_frame(socket)):
            pass
        assert frame[0]["seq"] == 2


async def test_a_stream_that_is_half_open_is_closed(
    app: PrismApp, jp_root_dir: Path, jp_serverapp: Any, http_server_client: Any, jp_http_port: int
) -> None:
    jp_serverapp.web_app.settings |= {"ws_ping_interval": 50, "ws_ping_timeout": 150}
    run = accepted_run(jp_root_dir)
    path = f"{jp_serverapp.base_url}nbprism/runs/{run.id}/events?path=a.ipynb"
    asked = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {jp_serverapp.identity_provider.token}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with driven(run):
        # It hears nothing, so it answers no ping, and nobody tells that it is gone.
        heard, line = await asyncio.open_connection("127.0.0.1", jp_http_port)
        line.write(asked.encode())
        assert b" 101 " in await heard.readline()
        await until(lambda: app.open_streams == 1)
        await until(lambda: app.open_streams == 0)
        line.close()


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


class TestWithRoomForOne:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        extensions = {"nbprism": True}
        return {
            "ServerApp": {"jpserver_extensions": extensions},
            "PrismApp": {"max_streams": 1},
        }

    async def test_one_stream_too_many_is_refused(
        self, connect: Connect, jp_root_dir: Path
    ) -> None:
        run = accepted_run(jp_root_dir)
        with driven(run):
            await connect(run)
            with pytest.raises(HTTPClientError) as caught:
                await connect(run)
            assert caught.value.code == 503
