"""Runs whose outputs the server writes, into notebooks that people have open together.

With jupyter-collaboration a notebook that is open is a document in the server, a *room*. Whoever
writes into it writes for all; if each browser did, everything would be there as many times. Looked
up at run time: nobody has to have it installed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from nbprism.runner.store import RunFolder
from nbprism.server_ext.follow import Follower
from nbprism.server_ext.room_cell import RoomCell
from nbprism.server_ext.settings import ServerSettings
from nbprism.server_ext.shown import RunOutputs, Shown

ROOMS: Final = "jupyter_server_ydoc"
"""The extension of jupyter-collaboration, and the name of its place in the server's settings."""

Open = Callable[[], Awaitable[Any]]
"""Returns the shared notebook, or None where nobody has it open any more."""


class Documents(Protocol):
    """The extension of jupyter-collaboration that has the rooms."""

    async def get_document(
        self, *, path: str, content_type: str, file_format: str, copy: bool
    ) -> Any: ...


class Rooms:
    """Writes runs into rooms, each run once, whoever asks for it and how often."""

    def __init__(self, settings: ServerSettings, log: logging.Logger) -> None:
        self._settings = settings
        self._log = log
        self._writing: dict[Path, asyncio.Task[None]] = {}

    async def write(self, documents: Documents | None, path: str, run: RunFolder) -> bool:
        """See to it that a run is written into the room of its notebook, if that has one.

        Returns:
            Whether it is.
        """

        async def room() -> Any:
            return documents and await documents.get_document(
                path=path, content_type="notebook", file_format="json", copy=False
            )

        if run.path in self._writing:
            return True
        if await room() is None:
            return False
        notebook = (await asyncio.to_thread(run.plan)).notebook
        if run.path not in self._writing:  # nobody else asked meanwhile
            follower = Follower(run, after=0, settings=self._settings)
            writing = self._keep(run, RoomWriter(notebook, room, follower))
            self._writing[run.path] = asyncio.create_task(writing)
        return True

    def __len__(self) -> int:
        """How many runs are being written now."""
        return len(self._writing)

    def stop(self) -> None:
        """Stop writing; a browser that still follows a run asks the next server to go on."""
        for task in self._writing.values():
            task.cancel()

    async def _keep(self, run: RunFolder, writer: RoomWriter) -> None:
        try:
            await writer.write()
        except Exception:
            self._log.exception("nbprism: internal error while run %s was written", run.id)
        finally:
            del self._writing[run.path]


class RoomWriter:
    """Writes one run into one room until it is over or everybody has left."""

    def __init__(self, submitted: Mapping[str, Any], room: Open, follower: Follower) -> None:
        self._sources = {cell["id"]: "".join(cell["source"]) for cell in submitted["cells"]}
        self._room = room
        self._follower = follower
        self._outputs = RunOutputs()
        self._cells: dict[str, RoomCell] = {}

    async def write(self) -> None:
        """Follow the run and write what its cells show."""
        async for frame in self._follower.frames():
            changed = self._outputs.apply(json.loads(frame))
            if not changed:
                continue
            notebook = await self._room()
            if notebook is None:
                return
            self._write(notebook, changed)

    def _write(self, notebook: Any, changed: Mapping[str, Shown]) -> None:
        for cell in notebook.ycells:
            shown = changed.get(cell["id"])
            # One that was edited since the run was started keeps what it shows.
            if shown is not None and str(cell["source"]) == self._sources.get(cell["id"]):
                self._of(cell).write(cell, shown)

    def _of(self, cell: Any) -> RoomCell:
        if cell["id"] not in self._cells:
            self._cells[cell["id"]] = RoomCell(cell)
        return self._cells[cell["id"]]
