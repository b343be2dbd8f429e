"""Who may come in: Jupyter's own authentication and authorizer, in front of one method.

The default authorizer lets every authenticated user do everything; a deployment can restrict the
resource `nbprism` to `read` (compile, list, follow) or also `execute` (submit, cancel).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from jupyter_server.auth.decorator import authorized, ws_authenticated
from tornado.web import authenticated

AUTH_RESOURCE = "nbprism"

Action = Literal["read", "execute"]
Method = TypeVar("Method", bound=Callable[..., Any])


def allowed(action: Action) -> Callable[[Method], Method]:
    """Return a decorator: the method answers 403 unless the user may do `action`."""

    def decorate(method: Method) -> Method:
        return cast(Method, authenticated(_authorized(action, method)))

    return decorate


def allowed_socket(action: Action) -> Callable[[Method], Method]:
    """Return the same for the `get` of a WebSocket, which has no login page to be sent to."""

    def decorate(method: Method) -> Method:
        return cast(Method, ws_authenticated(_authorized(action, method)))

    return decorate


def _authorized(action: Action, method: Callable[..., Any]) -> Callable[..., Any]:
    decorate: Callable[..., Callable[..., Any]] = authorized(action=action, resource=AUTH_RESOURCE)
    return decorate(method)
