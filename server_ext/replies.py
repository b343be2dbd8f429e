"""What each error is in HTTP: the one place where an exception becomes a status and a JSON body.

    {"error": {"code", "message", ...details}, "diagnostics"?: [...]}

Errors that nbprism raises on purpose keep their code and sentence. Anything else is a bug: it is
logged under an id, and only that id is sent.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError

from nbprism.compiler.errors import NotebookUnreadable, PlanRejected, PrismError
from nbprism.runner.errors import ClusterError, RunConflict, RunNotFound, StoreError
from nbprism.server_ext import errors

STATUSES: dict[type[PrismError], HTTPStatus] = {
    NotebookUnreadable: HTTPStatus.UNPROCESSABLE_ENTITY,
    PlanRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    RunNotFound: HTTPStatus.NOT_FOUND,
    RunConflict: HTTPStatus.CONFLICT,
    StoreError: HTTPStatus.INTERNAL_SERVER_ERROR,
    ClusterError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BodyUnreadable: HTTPStatus.BAD_REQUEST,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.FieldInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PathOutsideRoot: HTTPStatus.NOT_FOUND,
    errors.FolderMissing: HTTPStatus.NOT_FOUND,
    errors.ExecutedMissing: HTTPStatus.NOT_FOUND,
    errors.ExampleMissing: HTTPStatus.NOT_FOUND,
    errors.FilesElsewhere: HTTPStatus.NOT_IMPLEMENTED,
    errors.PipelineHasErrors: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyStreams: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: BaseException | None) -> int:
    """Return the status that answers `error`."""
    if isinstance(error, HTTPError):
        return error.status_code
    kinds = type(error).__mro__
    return next((STATUSES[kind] for kind in kinds if kind in STATUSES), 500)


def reply_to(error: BaseException | None, *, error_id: str) -> dict[str, Any]:
    """Return the body that answers `error`; of a bug it shows only `error_id`."""
    if isinstance(error, HTTPError):
        return {"error": _of_http(error)}
    if not isinstance(error, PrismError):
        message = f"Internal error {error_id}. The server's log has the details."
        return {"error": {"code": "internal-error", "message": message, "error_id": error_id}}
    form: dict[str, Any] = {"error": {"code": error.code, "message": str(error)}}
    if isinstance(error, errors.RequestError):
        form["error"] |= error.details()
    if isinstance(error, errors.PipelineHasErrors):
        form["diagnostics"] = [diagnostic.to_json() for diagnostic in error.diagnostics]
    return form


def _of_http(error: HTTPError) -> dict[str, Any]:
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "-")
    return {"code": code, "message": error.log_message or f"{status.phrase}."}
