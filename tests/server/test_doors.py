"""Walks every route of the extension, so that a new handler cannot be left open by mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler, websocket_connect

from nbprism.server_ext.app import PrismApp

METHODS = ("get", "head", "post", "put", "patch", "delete")
RUN = "20260101-000000-digits-0000"
EXPECTED = {
    "POST compile",
    "POST suggest",
    "POST forecast",
    "GET settings-form",
    "GET cluster",
    "GET clusters",
    "POST clusters",
    "GET runs",
    "POST runs",
    f"GET runs/{RUN}",
    f"DELETE runs/{RUN}",
    f"GET runs/{RUN}/detail",
    f"GET runs/{RUN}/notebook",
    f"GET runs/{RUN}/report",
    f"GET runs/{RUN}/log",
    f"POST runs/{RUN}/again",
    f"POST runs/{RUN}/pin",
    f"POST runs/{RUN}/outputs",
    "GET examples",
    "POST examples",
    f"GET runs/{RUN}/executed",
    f"POST runs/{RUN}/cancel",
    f"WS runs/{RUN}/events",
}
EXECUTE = {
    "POST clusters",
    "POST runs",
    f"DELETE runs/{RUN}",
    f"POST runs/{RUN}/cancel",
    f"POST runs/{RUN}/again",
    f"POST runs/{RUN}/pin",
    f"POST runs/{RUN}/outputs",
    "POST examples",
}
EVIL = "https://evil.example"


class NobodyMay(Authorizer):
    """Denies everything."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return False


class OnlyReading(Authorizer):
    """Lets everyone look and nobody act."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource == "nbprism" and action == "read"


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    verb: str
    path: str

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"


def doors(app: PrismApp) -> Iterator[Door]:
    for pattern, handler, _ in app.handlers:
        path = re.sub(r"\(\?P<run>.*?\)", RUN, pattern).removeprefix("/nbprism/")
        for method in METHODS:
            if getattr(handler, method) is not getattr(RequestHandler, method):
                is_socket = issubclass(handler, WebSocketHandler)
                yield Door("WS" if is_socket else method.upper(), path)


class Visitor:
    """Knocks at a door with the headers given, and says which status answers."""

    def __init__(self, client: Any, port: int, base_url: str) -> None:
        self._client = client
        self._port = port
        self._base = base_url

    async def knock(self, door: Door, **headers: str) -> int:
        path = f"{self._base}nbprism/{door.path}?path=a.ipynb"
        try:
            if door.verb == "WS":
                return await self._open(path, headers)
            body = "{}" if door.verb in {"POST", "PUT", "PATCH"} else None
            answer = await self._client.fetch(path, method=door.verb, headers=headers, body=body)
            return int(answer.code)
        except HTTPClientError as error:
            return error.code

    async def cookie(self, token: str) -> str:
        """Log in as a browser does, and return the cookies to send from then on."""
        answer = await self._client.fetch(f"{self._base}api/status?token={token}")
        return "; ".join(value.split(";")[0] for value in answer.headers.get_list("Set-Cookie"))

    async def _open(self, path: str, headers: dict[str, str]) -> int:
        url = f"ws://localhost:{self._port}{path}"
        socket = await websocket_connect(HTTPRequest(url, headers=headers))
        socket.close()
        return 101


@pytest.fixture
def visitor(app: PrismApp, http_server_client: Any, jp_http_port: int, jp_base_url: str) -> Visitor:
    return Visitor(http_server_client, jp_http_port, jp_base_url)


@pytest.fixture
def token(jp_serverapp: Any) -> str:
    return str(jp_serverapp.identity_provider.token)


def test_the_walk_finds_every_door(app: PrismApp) -> None:
    assert {str(door) for door in doors(app)} == EXPECTED


async def test_nobody_comes_in_without_a_token(app: PrismApp, visitor: Visitor) -> None:
    assert {str(door): await visitor.knock(door) for door in doors(app)} == dict.fromkeys(
        EXPECTED, 403
    )


async def test_nobody_comes_in_with_a_wrong_token(app: PrismApp, visitor: Visitor) -> None:
    wrong = {"Authorization": "token 0123456789abcdef"}
    assert {str(door): await visitor.knock(door, **wrong) for door in doors(app)} == dict.fromkeys(
        EXPECTED, 403
    )


async def test_a_cookie_is_not_enough_from_another_origin(
    app: PrismApp, visitor: Visitor, token: str
) -> None:
    headers = {"Cookie": await visitor.cookie(token), "Origin": EVIL, "Referer": EVIL}
    for door in doors(app):
        assert await visitor.knock(door, **headers) in {403, 404}, door


async def test_a_cookie_without_the_xsrf_token_changes_nothing(
    app: PrismApp, visitor: Visitor, token: str
) -> None:
    headers = {"Cookie": await visitor.cookie(token)}
    for door in doors(app):
        if door.verb in {"POST", "DELETE"}:
            assert await visitor.knock(door, **headers) == 403, door


async def test_a_token_opens_every_door(app: PrismApp, visitor: Visitor, token: str) -> None:
    headers = {"Authorization": f"token {token}"}
    answers = {str(door): await visitor.knock(door, **headers) for door in doors(app)}
    assert 403 not in answers.values(), answers


class TestUnderAnAuthorizerThatDenies:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return _config(NobodyMay)

    async def test_every_door_is_closed(self, app: PrismApp, visitor: Visitor, token: str) -> None:
        headers = {"Authorization": f"token {token}"}
        answers = {str(door): await visitor.knock(door, **headers) for door in doors(app)}
        assert answers == dict.fromkeys(EXPECTED, 403)


class TestUnderAnAuthorizerThatAllowsReading:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return _config(OnlyReading)

    async def test_runs_cannot_be_started_or_stopped(
        self, app: PrismApp, visitor: Visitor, token: str
    ) -> None:
        headers = {"Authorization": f"token {token}"}
        closed = {str(door) for door in doors(app) if await visitor.knock(door, **headers) == 403}
        assert closed == EXECUTE


def _config(authorizer: type[Authorizer]) -> dict[str, Any]:
    extensions = {"nbprism": True}
    return {"ServerApp": {"jpserver_extensions": extensions, "authorizer_class": authorizer}}
