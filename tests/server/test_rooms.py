"""The server writes a run into the notebook that people have open together: a real `YNotebook`."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from client import Client
from jupyter_ydoc import YNotebook
from runs import Driver, accepted_run, driven
from sample import two_steps

from nbprism.runner import events as ev
from nbprism.runner.store import RunFolder
from nbprism.server_ext.app import PrismApp
from nbprism.server_ext.rooms import ROOMS

CELL = "a"
DEADLINE_S = 60


class Room:
    """What jupyter-collaboration has for an open notebook; nobody may have it open."""

    def __init__(self) -> None:
        self.notebook: YNotebook | None = YNotebook()
        self.notebook.set(two_steps())
        self.asked: list[str] = []

    async def get_document(self, *, path: str, copy: bool, **_: str) -> YNotebook | None:
        assert not copy, "what is written into a copy nobody sees"
        self.asked.append(path)
        return self.notebook

    @property
    def cell(self) -> Any:
        assert self.notebook is not None
        return next(cell for cell in self.notebook.ycells if cell["id"] == CELL)

    def shown(self) -> list[Any]:
        outputs = copy.deepcopy(self.cell["outputs"].to_py())
        return [output.get("text") or output["data"]["text/plain"] for output in outputs]

    async def until(self, shown: list[Any]) -> None:
        """Wait until the cell shows this."""
        await eventually(lambda: self.shown() == shown, self.shown)


async def eventually(holds: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = asyncio.get_running_loop().time() + DEADLINE_S
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, what()
        await asyncio.sleep(0.01)


async def over(app: PrismApp) -> None:
    """Wait until the server has nothing to write any more."""
    await eventually(lambda: app.written_runs == 0, lambda: app.written_runs)


@pytest.fixture
def room(jp_serverapp: Any) -> Room:
    found = Room()
    jp_serverapp.web_app.settings[ROOMS] = found
    return found


@pytest.fixture
def run(jp_root_dir: Path) -> RunFolder:
    return accepted_run(jp_root_dir)


@contextmanager
def running(run: RunFolder) -> Iterator[Driver]:
    """Lead the run up to the moment in which the cell has started."""
    with driven(run) as driver:
        driver.start()
        driver.write(ev.StepQueued, step="load", attempt=1)
        driver.write(ev.StepStarted, step="load", attempt=1, pid=1)
        driver.write(ev.CellStarted, step="load", attempt=1, cell=CELL)
        yield driver


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"op": "append", "output": {"output_type": "stream", "name": name, "text": text}}


def display(text: str, **more: Any) -> dict[str, Any]:
    data = {"text/plain": text}
    output = {"output_type": "display_data", "data": data, "metadata": {"height": 3}}
    return {"op": "append", "output": output, **more}


def write(driver: Driver, *ops: dict[str, Any]) -> None:
    driver.write(ev.CellOutput, step="load", attempt=1, cell=CELL, ops=ops)


async def ask(client: Client, run: RunFolder, path: str = "a.ipynb") -> Any:
    return (await client.post("runs", run.id, "outputs", form={"path": path})).body


async def test_without_a_room_nothing_is_written(client: Client, run: RunFolder) -> None:
    assert await ask(client, run) == {"writes": False}


async def test_a_notebook_that_nobody_has_open_is_not_written(
    client: Client, room: Room, run: RunFolder
) -> None:
    room.notebook = None
    assert await ask(client, run) == {"writes": False}


async def test_what_a_cell_shows_is_written_once_however_often_it_is_asked_for(
    client: Client, room: Room, run: RunFolder
) -> None:
    with running(run) as driver:
        write(driver, stream("one\n"))
        assert await ask(client, run) == {"writes": True}
        assert await ask(client, run, "RTC:a.ipynb") == {"writes": True}
        await room.until(["one\n"])
        write(driver, stream("two\n"), display("x"), stream("err", "stderr"))
        driver.write(ev.CellEnded, step="load", attempt=1, cell=CELL, ok=True, execution_count=7)
        await room.until(["one\ntwo\n", "x", "err"])
        await eventually(lambda: room.cell["execution_count"] == 7, room.cell.to_py)
        driver.end()
    assert set(room.asked) == {"a.ipynb"}


async def test_a_second_server_goes_on_where_the_first_one_stopped(
    client: Client, room: Room, run: RunFolder
) -> None:
    with running(run) as driver:
        write(driver, stream("one\n"))
        room.cell["outputs"].extend([{"output_type": "stream", "name": "stdout", "text": "one\n"}])
        await ask(client, run)
        write(driver, display("x"))
        await room.until(["one\n", "x"])
        driver.end()


async def test_a_progress_bar_is_overwritten_and_goes_on_after(
    client: Client, room: Room, run: RunFolder
) -> None:
    with running(run) as driver:
        await ask(client, run)
        for percent in ("10", "100", "7"):
            write(driver, stream(f"\r{percent}%"))
        await room.until(["7%0%"])
        write(driver, stream("\ndone é😀\n"))
        write(driver, stream("more\n"))
        await room.until(["7%0%\ndone é😀\nmore\n"])
        driver.end()


async def test_displays_are_updated_and_outputs_cleared(
    client: Client, room: Room, run: RunFolder
) -> None:
    with running(run) as driver:
        await ask(client, run)
        write(driver, display("first", display_id="d"), display("second"))
        await room.until(["first", "second"])
        output = {"output_type": "display_data", "data": {"text/plain": "new"}, "metadata": {}}
        write(driver, {"op": "update", "display_id": "d", "output": output})
        await room.until(["new", "second"])
        write(driver, {"op": "clear", "wait": True})
        write(driver, stream("third\n"))
        await room.until(["third\n"])
        write(driver, {"op": "clear", "wait": False})
        await room.until([])
        driver.end()


async def test_what_was_there_before_goes_when_the_cell_starts(
    client: Client, room: Room, run: RunFolder
) -> None:
    room.cell["outputs"].extend([{"output_type": "stream", "name": "stdout", "text": "old\n"}])
    with running(run) as driver:
        await ask(client, run)
        await room.until([])
        driver.end()


async def test_a_cell_that_was_edited_keeps_what_it_shows(
    client: Client, room: Room, run: RunFolder, app: PrismApp
) -> None:
    with running(run) as driver:
        await ask(client, run)
        write(driver, stream("one\n"))
        await room.until(["one\n"])
        source = room.cell["source"]
        source += " # edited"
        write(driver, stream("two\n"))
        driver.end()
    await over(app)
    assert room.shown() == ["one\n"]


async def test_a_cell_whose_outputs_somebody_else_changed_is_left_alone(
    client: Client, room: Room, run: RunFolder, app: PrismApp
) -> None:
    with running(run) as driver:
        await ask(client, run)
        write(driver, stream("one\n"))
        await room.until(["one\n"])
        mine = {"output_type": "stream", "name": "stdout", "text": "mine\n"}
        room.cell["outputs"].clear()
        room.cell["outputs"].extend([mine])
        write(driver, stream("two\n"))
        driver.end()
    await over(app)
    assert room.shown() == ["mine\n"]


async def test_when_everybody_has_left_the_writing_ends(
    client: Client, room: Room, run: RunFolder, app: PrismApp
) -> None:
    with running(run) as driver:
        await ask(client, run)
        await room.until([])
        room.notebook, left = None, room.notebook
        write(driver, stream("one\n"))
        await over(app)
        room.notebook = left
        assert room.shown() == []
        driver.end()
