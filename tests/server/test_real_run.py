"""Whole runs through the server, on a real local Ray."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Client
from sample import code_cell, notebook, two_steps
from tornado.websocket import WebSocketClientConnection

from nbprism.runner.cluster import local

DEADLINE_S = 150
Follow = Callable[..., Awaitable["Feed"]]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def state_of_the_cluster() -> Iterator[Path]:
    """Keep one Ray warm for this module, and leave none."""
    # Short, because a path to a socket may have only 107 characters.
    state = Path(tempfile.mkdtemp(prefix="nbp"))
    before = os.environ.get("NBPRISM_STATE_DIR")
    os.environ["NBPRISM_STATE_DIR"] = str(state)
    try:
        yield state
        local.down(force=True)
    finally:
        shutil.rmtree(state, ignore_errors=True)
        if before is None:
            del os.environ["NBPRISM_STATE_DIR"]
        else:
            os.environ["NBPRISM_STATE_DIR"] = before


@pytest.fixture(autouse=True)
def own_state(state_of_the_cluster: Path) -> Path:
    return state_of_the_cluster


class Feed:
    """The events of one run, as they come through a socket."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket
        self.events: list[dict[str, Any]] = []

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Read on until an event of this kind has come; return all so far."""
        async with asyncio.timeout(DEADLINE_S):
            while all(event["kind"] != kind for event in self.events):
                frame = await self._socket.read_message()
                assert frame is not None, self.events[-1:]
                self.events += json.loads(frame)
        return self.events

    async def to_the_end(self) -> list[dict[str, Any]]:
        """Read on until the server closes; return all events."""
        async with asyncio.timeout(DEADLINE_S):
            while (frame := await self._socket.read_message()) is not None:
                self.events += json.loads(frame)
        assert self._socket.close_code == 1000
        return self.events


@pytest.fixture
def follow(jp_ws_fetch: Any) -> Iterator[Follow]:
    sockets: list[WebSocketClientConnection] = []

    async def run(run: str, after: int = 0) -> Feed:
        query = {"path": "a.ipynb", "after": str(after)}
        sockets.append(await jp_ws_fetch("nbprism", "runs", run, "events", params=query))
        return Feed(sockets[-1])

    yield run
    for socket in sockets:
        socket.close()


def submission(cells: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"path": "a.ipynb", "notebook": cells, **fields}


async def test_a_run_is_submitted_followed_and_read(client: Client, follow: Follow) -> None:
    answer = await client.post("runs", form=submission(two_steps(), parameters={"n": 5}))
    assert answer.status == 201, answer.body
    run = answer.body["run"]

    events = await (await follow(run)).to_the_end()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["kind"] == "run-accepted"
    assert events[-1]["kind"] == "run-succeeded"
    texts = [
        op["output"]["text"]
        for event in events
        if event["kind"] == "cell-output" and event["cell"] == "a"
        for op in event["ops"]
        if op["op"] == "append"
    ]
    assert "".join(texts) == "loaded 5\n"

    summary = (await client.get("runs", run, path="a.ipynb")).body
    assert summary["state"] == "succeeded"
    assert summary["parameters"] == {"n": 5}
    assert summary["metrics"]["total"] == 20
    assert {name: step["state"] for name, step in summary["steps"].items()} == {
        "load": "succeeded",
        "double": "succeeded",
    }

    executed = (await client.get("runs", run, "executed", path="a.ipynb")).body
    cells = {cell["id"]: cell for cell in executed["cells"]}
    assert [name for name in cells if not name.startswith("nbprism-")] == ["p", "a", "b", "c"]
    assert "".join(cells["a"]["outputs"][0]["text"]) == "loaded 5\n"

    late = await (await follow(run, after=len(events) - 1)).to_the_end()
    assert [event["kind"] for event in late] == ["run-succeeded"]
    over = await client.post("runs", run, "cancel", form={"path": "a.ipynb"})
    assert (over.status, over.code) == (409, "run-conflict")


async def test_a_sweep_is_a_run_for_each_combination(client: Client, follow: Follow) -> None:
    answer = await client.post("runs", form=submission(two_steps(), sweep={"n": [2, 4]}))
    assert answer.status == 201, answer.body
    sweep = answer.body["sweep"]
    runs = (await client.get("runs", path="a.ipynb", search=sweep)).body["runs"]
    assert sorted(run["parameters"]["n"] for run in runs) == [2, 4]
    assert answer.body["run"] in {run["run"] for run in runs}
    for run in runs:
        events = await (await follow(run["run"])).to_the_end()
        assert events[-1]["kind"] == "run-succeeded"


async def test_the_same_submit_key_starts_one_sweep(client: Client, follow: Follow) -> None:
    form = submission(two_steps(), sweep={"n": [3, 5]}, submit_key="two clicks")
    answers = await asyncio.gather(*(client.post("runs", form=form) for _ in range(3)))
    assert {answer.status for answer in answers} == {201}
    (last,), (sweep,) = ({answer.body[key] for answer in answers} for key in ("run", "sweep"))
    listed = (await client.get("runs", path="a.ipynb")).body["runs"]
    assert [row["sweep"] for row in listed] == [sweep, sweep]
    assert last in {row["run"] for row in listed}
    for row in listed:
        events = await (await follow(row["run"])).to_the_end()
        assert [event["kind"] for event in events].count("run-started") == 1
        assert events[-1]["kind"] == "run-succeeded"


async def test_the_same_submit_key_starts_one_run(client: Client, follow: Follow) -> None:
    form = submission(two_steps(), submit_key="one-click")
    answers = await asyncio.gather(*(client.post("runs", form=form) for _ in range(3)))
    assert {answer.status for answer in answers} == {201}
    (run,) = {answer.body["run"] for answer in answers}
    events = await (await follow(run)).to_the_end()
    assert events[-1]["kind"] == "run-succeeded"
    listed = (await client.get("runs", path="a.ipynb")).body["runs"]
    assert [summary["run"] for summary in listed] == [run]
    again = await client.post("runs", form=form)
    assert (again.status, again.body["run"], again.body["state"]) == (201, run, "succeeded")


async def test_a_running_run_is_cancelled(client: Client, follow: Follow) -> None:
    endless = notebook(
        code_cell("a", "import time\nprint('on it', flush=True)\ntime.sleep(600)", "step:wait"),
        code_cell("b", "y = 1", "step:never"),
    )
    run = (await client.post("runs", form=submission(endless))).body["run"]
    feed = await follow(run)
    await feed.until("cell-output")
    answer = await client.post("runs", run, "cancel", form={"path": "a.ipynb"})
    assert answer.status == 202
    events = await feed.to_the_end()
    assert events[-1]["kind"] == "run-cancelled"
    summary = (await client.get("runs", run, path="a.ipynb")).body
    assert summary["state"] == "cancelled"


async def test_a_failing_cell_is_named_in_the_summary(client: Client, follow: Follow) -> None:
    broken = notebook(
        code_cell("a", "x = 1", "step:load"),
        code_cell("b", "y = x / 0", "step:divide"),
    )
    run = (await client.post("runs", form=submission(broken))).body["run"]
    events = await (await follow(run)).to_the_end()
    assert events[-1]["kind"] == "run-failed"
    (failed,) = [event for event in events if event["kind"] == "step-failed"]
    assert failed["error"]["ename"] == "ZeroDivisionError"
    assert failed["error"]["cell"] == "b"
    summary = (await client.get("runs", run, path="a.ipynb")).body
    assert summary["state"] == "failed"
    assert summary["error"]["ename"] == "ZeroDivisionError"
