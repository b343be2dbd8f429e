"""The REST handlers: parse, call the service, reply.

Every method is authenticated and authorized by Jupyter's own means; `tests/server/test_doors.py`
walks the routes and fails for one that is not. Errors become replies in `replies.py`.
"""

from __future__ import annotations

import asyncio
import functools
import json
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado.web import HTTPError, stream_request_body

from nbprism.compiler.errors import PrismError
from nbprism.compiler.settings.form import settings_form
from nbprism.server_ext.bodies import (
    CancelRequest,
    ClusterRequest,
    CompileRequest,
    ForecastRequest,
    SubmitRequest,
)
from nbprism.server_ext.doors import AUTH_RESOURCE, allowed
from nbprism.server_ext.errors import BodyTooLarge, FieldInvalid
from nbprism.server_ext.metrics import REFUSED
from nbprism.server_ext.queries import runs_query
from nbprism.server_ext.records import SCHEMA_ID, Action, record
from nbprism.server_ext.replies import reply_to, status_of
from nbprism.server_ext.service import PrismService
from nbprism.server_ext.settings import ServerSettings

P = ParamSpec("P")
T = TypeVar("T")


class ErrorReplies(JupyterHandler):
    """Answers every exception with the status and JSON that `replies` gives it."""

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Reply to the exception, whatever status tornado would have given it."""
        error = kwargs.get("exc_info", (None, HTTPError(status_code), None))[1]
        super().send_error(status_of(error), **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the JSON body of an error."""
        error = kwargs.get("exc_info", (None, HTTPError(status_code), None))[1]
        form = reply_to(error, error_id=self.error_id)
        REFUSED.labels(form["error"]["code"]).inc()
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(form))

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Log what the user did wrong in a line, and a bug with its traceback and id."""
        if isinstance(value, PrismError | HTTPError):
            self.log.info("nbprism: %s answered: %s", self.request.path, value)
        else:
            self.log.error("nbprism: internal error %s", self.error_id, exc_info=value)

    @functools.cached_property
    def error_id(self) -> str:
        """Names one bug in the log and in the reply."""
        return uuid.uuid4().hex[:8]


@stream_request_body
class PrismHandler(ErrorReplies, APIHandler):
    """Root of the REST handlers: holds the service, reads the body up to its limit."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, service: PrismService, settings: ServerSettings) -> None:
        """Take what the routes pass in."""
        self.service = service
        self._limit = settings.max_body_bytes
        self._body = bytearray()
        self._too_large = False

    def data_received(self, chunk: bytes) -> None:
        """Collect the body; what exceeds the limit is read and dropped, so the reply arrives."""
        self._too_large |= len(self._body) + len(chunk) > self._limit
        if not self._too_large:
            self._body += chunk

    def body(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyTooLarge: it is larger than the server reads.
        """
        if self._too_large:
            raise BodyTooLarge(self._limit)
        return bytes(self._body)

    def query_path(self) -> str:
        """Return the `path` of the query."""
        path = self.get_query_argument("path", "")
        if not path:
            raise FieldInvalid("path", "is missing in the query")
        return path

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns, called in a worker thread."""
        return await asyncio.to_thread(function, *args, **kwargs)

    def record(self, action: Action, run: str, *, path: str, step: str | None = None) -> None:
        """Tell Jupyter's event system what the user has done."""
        user = self.current_user.username
        data = record(action, run, path=path, user=user, step=step)
        self.event_logger.emit(schema_id=SCHEMA_ID, data=data)

    def reply(self, form: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        """Finish with a JSON body."""
        self.set_status(status)
        self.finish(json.dumps(form))


class CompileHandler(PrismHandler):
    """`POST compile`: the pipeline of the notebook that the browser holds."""

    @allowed("read")
    async def post(self) -> None:
        """Reply with the pipeline and its diagnostics."""
        request = await self.call(CompileRequest.parse, self.body())
        self.reply(await self.call(self.service.compile, request))


class SuggestHandler(PrismHandler):
    """`POST suggest`: steps for a notebook that has none."""

    @allowed("read")
    async def post(self) -> None:
        """Reply with the tags that are proposed; nothing is changed."""
        request = await self.call(CompileRequest.parse, self.body())
        self.reply(await self.call(self.service.suggest, request))


class ForecastHandler(PrismHandler):
    """`POST forecast`: what a run would reuse and what it would run."""

    @allowed("read")
    async def post(self) -> None:
        """Reply with the forecast; nothing is run or changed."""
        request = await self.call(ForecastRequest.parse, self.body())
        self.reply(await self.call(self.service.forecast, request))


class SettingsFormHandler(PrismHandler):
    """`GET settings-form`: how a step's settings are asked for."""

    @allowed("read")
    async def get(self) -> None:
        """Reply with the JSON schema of the form."""
        self.reply(settings_form())


class ClusterHandler(PrismHandler):
    """`GET cluster`: what a cluster has, the usual one where none is named."""

    @allowed("read")
    async def get(self) -> None:
        """Reply with the cluster and its capacity."""
        name = self.get_query_argument("cluster", "") or None
        self.reply(await self.call(self.service.offer, name))


class ClustersHandler(PrismHandler):
    """`GET clusters`, `POST clusters`: where a run may go, and one more such place."""

    @allowed("read")
    async def get(self) -> None:
        """Reply with the names of the clusters, and nothing else of them."""
        self.reply(await self.call(self.service.clusters.to_json))

    @allowed("execute")
    async def post(self) -> None:
        """Add one to the user's list and reply with the names."""
        request = ClusterRequest.parse(self.body())
        added = await self.call(self.service.clusters.add, request.name, request.url)
        self.reply(added, HTTPStatus.CREATED)


class RunsHandler(PrismHandler):
    """`GET runs`, `POST runs`: the runs of a notebook, and a new one."""

    @allowed("read")
    async def get(self) -> None:
        """Reply with the newest runs of a notebook, or of all below a folder, that fit."""
        fields = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        self.reply(await self.call(self.service.runs, runs_query(fields)))

    @allowed("execute")
    async def post(self) -> None:
        """Start a run and reply with its summary."""
        request = await self.call(SubmitRequest.parse, self.body())
        form = await self.call(self.service.submit, request)
        self.record("submit", form["run"], path=request.path)
        self.reply(form, HTTPStatus.CREATED)


class RunHandler(PrismHandler):
    """`GET runs/RUN`, `DELETE runs/RUN`: one run."""

    @allowed("read")
    async def get(self, run: str) -> None:
        """Reply with the summary of one run."""
        self.reply(await self.call(self.service.summary, self.query_path(), run))

    @allowed("execute")
    async def delete(self, run: str) -> None:
        """Remove the run."""
        await self.call(self.service.delete, self.query_path(), run)
        self.record("delete", run, path=self.query_path())
        self.reply({})


class ExecutedHandler(PrismHandler):
    """`GET runs/RUN/executed`: the notebook with the outputs of one run."""

    @allowed("read")
    async def get(self, run: str) -> None:
        """Reply with the notebook as it is in the store."""
        self.finish(await self.call(self.service.executed, self.query_path(), run))


class CancelHandler(PrismHandler):
    """`POST runs/RUN/cancel`: ask a run, or one step of it, to stop."""

    @allowed("execute")
    async def post(self, run: str) -> None:
        """Ask the run or the step to stop and reply with the run's summary."""
        request = CancelRequest.parse(self.body())
        form = await self.call(self.service.cancel, request, run)
        self.record("cancel", run, path=request.path, step=request.step)
        self.reply(form, HTTPStatus.ACCEPTED)
