"""The Jupyter server extension: its traits, and how its parts are put together."""

from __future__ import annotations

import threading
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.contents.fileio import FileManagerMixin
from traitlets import Float, Integer, List, Unicode

from nbprism.server_ext.handlers import (
    CancelHandler,
    ClusterHandler,
    ClustersHandler,
    CompileHandler,
    ExecutedHandler,
    ForecastHandler,
    RunHandler,
    RunsHandler,
    SettingsFormHandler,
    SuggestHandler,
)
from nbprism.server_ext.records import SCHEMA_FILE
from nbprism.server_ext.result_handlers import (
    AgainHandler,
    DetailHandler,
    DriverLogHandler,
    ExamplesHandler,
    OutputsHandler,
    PinHandler,
    ReportHandler,
    SnapshotHandler,
)
from nbprism.server_ext.rooms import Rooms
from nbprism.server_ext.roots import ContentsRoot
from nbprism.server_ext.service import PrismService
from nbprism.server_ext.settings import ServerSettings
from nbprism.server_ext.stream import EventStream, Streams

DEFAULTS = ServerSettings()
RUN = r"(?P<run>[^/]+)"
"""Any name: of a run that cannot be, our own answer says so, not a page of Jupyter's."""


class PrismApp(ExtensionApp):
    """Serves compiling, running and following under `nbprism/`."""

    name = "nbprism"
    load_other_extensions = True

    cluster = Unicode(
        DEFAULTS.cluster,
        help="Where runs go unless a request chooses another of the user's list of clusters by "
        "name: 'local', the address of a Ray cluster, or a name from that list.",
    ).tag(config=True)
    max_body_bytes = Integer(
        DEFAULTS.max_body_bytes,
        help="Largest request body that is read. A notebook with its outputs has to fit.",
    ).tag(config=True)
    max_streams = Integer(
        DEFAULTS.max_streams, help="How many event streams may be open at once."
    ).tag(config=True)
    slowest_poll_s = Float(
        DEFAULTS.slowest_poll_s,
        help="How long a live stream waits before it looks at a quiet run's log again.",
    ).tag(config=True)
    drives = List(
        Unicode(),
        default_value=list(DEFAULTS.drives),
        help="Drive names that a front end may put before a path, as in 'RTC:train.ipynb'.",
    ).tag(config=True)

    def initialize_handlers(self) -> None:
        """Build the service and give the routes to the server."""
        settings = self.prism_settings()
        root = ContentsRoot(self._root_folder(), drives=settings.drives)
        self._streams: Streams = set()
        service = PrismService(root, settings.cluster)
        self._rooms = Rooms(settings, self.log)
        if self.serverapp is not None and self.serverapp.event_logger is not None:
            self.serverapp.event_logger.register_event_schema(SCHEMA_FILE)
        parts = {"service": service, "settings": settings}
        # Before anybody looks: runs on other clusters went on while there was no server.
        threading.Thread(target=service.attend_all, name="nbprism-attend", daemon=True).start()
        self.handlers.extend(
            [
                (r"/nbprism/compile", CompileHandler, parts),
                (r"/nbprism/suggest", SuggestHandler, parts),
                (r"/nbprism/forecast", ForecastHandler, parts),
                (r"/nbprism/settings-form", SettingsFormHandler, parts),
                (r"/nbprism/cluster", ClusterHandler, parts),
                (r"/nbprism/clusters", ClustersHandler, parts),
                (r"/nbprism/runs", RunsHandler, parts),
                (rf"/nbprism/runs/{RUN}", RunHandler, parts),
                (rf"/nbprism/runs/{RUN}/executed", ExecutedHandler, parts),
                (rf"/nbprism/runs/{RUN}/cancel", CancelHandler, parts),
                (rf"/nbprism/runs/{RUN}/detail", DetailHandler, parts),
                (rf"/nbprism/runs/{RUN}/notebook", SnapshotHandler, parts),
                (rf"/nbprism/runs/{RUN}/report", ReportHandler, parts),
                (rf"/nbprism/runs/{RUN}/log", DriverLogHandler, parts),
                (rf"/nbprism/runs/{RUN}/again", AgainHandler, parts),
                (rf"/nbprism/runs/{RUN}/pin", PinHandler, parts),
                (rf"/nbprism/runs/{RUN}/outputs", OutputsHandler, {**parts, "rooms": self._rooms}),
                (r"/nbprism/examples", ExamplesHandler, parts),
                (
                    rf"/nbprism/runs/{RUN}/events",
                    EventStream,
                    {**parts, "streams": self._streams},
                ),
            ]
        )

    async def stop_extension(self) -> None:
        """Close the streams; runs go on, they do not belong to this process."""
        self._rooms.stop()
        for stream in tuple(self._streams):
            stream.go_away()

    @property
    def open_streams(self) -> int:
        """How many runs are being followed now."""
        return len(self._streams)

    @property
    def written_runs(self) -> int:
        """How many runs are being written into open notebooks now."""
        return len(self._rooms)

    def prism_settings(self) -> ServerSettings:
        """Return the traits as one frozen value."""
        return ServerSettings(
            cluster=self.cluster,
            max_body_bytes=self.max_body_bytes,
            max_streams=self.max_streams,
            slowest_poll_s=self.slowest_poll_s,
            drives=tuple(self.drives),
        )

    def _root_folder(self) -> Path | None:
        """Return the folder whose files the contents manager serves, if it serves files."""
        manager = getattr(self.serverapp, "contents_manager", None)
        # Any contents manager has a `root_dir`, and where it is not about files it says "/".
        is_files = isinstance(manager, FileManagerMixin)
        return Path(getattr(manager, "root_dir", ".")) if is_files else None
