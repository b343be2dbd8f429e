"""The REST handlers of what runs left, and of the examples: parse, call the service, reply."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from nbprism.server_ext.bodies import AgainRequest, ExampleRequest, OutputsRequest, PinRequest
from nbprism.server_ext.doors import allowed
from nbprism.server_ext.handlers import PrismHandler
from nbprism.server_ext.rooms import ROOMS, Rooms
from nbprism.server_ext.service import PrismService
from nbprism.server_ext.settings import ServerSettings

STANDS_ALONE = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
)
"""No script and nothing from elsewhere, even if somebody opens a report under this address."""


class DetailHandler(PrismHandler):
    """`GET runs/RUN/detail`: one run in full."""

    @allowed("read")
    async def get(self, run: str) -> None:
        """Reply with the run's row, its units and what its steps used."""
        self.reply(await self.call(self.service.results.detail, self.query_path(), run))


class SnapshotHandler(PrismHandler):
    """`GET runs/RUN/notebook`: the notebook as it was submitted."""

    @allowed("read")
    async def get(self, run: str) -> None:
        """Reply with the notebook."""
        self.finish(await self.call(self.service.results.notebook, self.query_path(), run))


class ReportHandler(PrismHandler):
    """`GET runs/RUN/report`: the executed notebook as one HTML page."""

    @allowed("read")
    async def get(self, run: str) -> None:
        """Reply with the page, as a file to save."""
        page = await self.call(self.service.results.report, self.query_path(), run)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{run}.html"')
        self.set_header("Content-Security-Policy", STANDS_ALONE)
        self.finish(page.encode())

    def finish(self, *args: Any, **kwargs: Any) -> Any:
        """Finish without `APIHandler`'s claim that everything is JSON."""
        kwargs.setdefault("set_content_type", self._headers.get("Content-Type"))
        return super().finish(*args, **kwargs)


class DriverLogHandler(PrismHandler):
    """`GET runs/RUN/log`: the last words of the driver."""

    @allowed("read")
    async def get(self, run: str) -> None:
        """Reply with the end of the log."""
        self.reply(await self.call(self.service.results.driver_log, self.query_path(), run))


class AgainHandler(PrismHandler):
    """`POST runs/RUN/again`: the same plan once more."""

    @allowed("execute")
    async def post(self, run: str) -> None:
        """Start a run of the same plan and reply with its row."""
        request = AgainRequest.parse(self.body())
        form = await self.call(self.service.results.again, run, request)
        self.record("resume", form["run"], path=request.path)
        self.reply(form, HTTPStatus.CREATED)


class PinHandler(PrismHandler):
    """`POST runs/RUN/pin`: keep a run, or no longer."""

    @allowed("execute")
    async def post(self, run: str) -> None:
        """Pin or unpin the run and reply with its row."""
        request = PinRequest.parse(self.body())
        self.reply(
            await self.call(self.service.results.pin, request.path, run, pinned=request.pinned)
        )


class OutputsHandler(PrismHandler):
    """`POST runs/RUN/outputs`: write a run into the notebook that people have open together."""

    def initialize(  # type: ignore[override]
        self, service: PrismService, settings: ServerSettings, rooms: Rooms
    ) -> None:
        """Take what the routes pass in; tornado calls it with what is in this handler's."""
        super().initialize(service, settings)
        self._rooms = rooms

    @allowed("execute")
    async def post(self, run: str) -> None:
        """Reply whether the server writes; if not, the browser that asked has to."""
        path = OutputsRequest.parse(self.body()).path
        folder = await self.call(self.service.run, path, run)
        local = self.service.root.local(path)
        writes = await self._rooms.write(self.settings.get(ROOMS), local, folder)
        self.reply({"writes": writes})


class ExamplesHandler(PrismHandler):
    """`GET examples`, `POST examples`: what comes with nbprism, and a copy of it."""

    @allowed("read")
    async def get(self) -> None:
        """Reply with name, title and first words of each example."""
        self.reply({"examples": await self.call(self.service.examples.listed)})

    @allowed("execute")
    async def post(self) -> None:
        """Copy an example and reply with the path of the copy."""
        request = ExampleRequest.parse(self.body())
        path = await self.call(self.service.examples.copy, request.name, request.folder)
        self.reply({"path": path}, HTTPStatus.CREATED)
