"""Speaking to the extension over HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPResponse

PATIENCE_S = 60

Fetch = Callable[..., Awaitable[HTTPResponse]]


@dataclass(frozen=True)
class Answer:
    """A status and the JSON that came with it."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


@dataclass(frozen=True)
class Client:
    """Speaks to the extension, and takes refusals for answers."""

    fetch: Fetch

    async def get(self, *parts: str, **query: str) -> Answer:
        return await self.ask(*parts, method="GET", params=query)

    async def post(self, *parts: str, form: Any) -> Answer:
        return await self.send(*parts, body=json.dumps(form).encode())

    async def send(self, *parts: str, body: bytes) -> Answer:
        return await self.ask(*parts, method="POST", body=body)

    async def raw(self, *parts: str, **query: str) -> HTTPResponse:
        """Return an answer that is not JSON."""
        return await self.fetch("nbprism", *parts, method="GET", params=query)

    async def ask(self, *parts: str, **options: Any) -> Answer:
        try:
            response = await self.fetch("nbprism", *parts, request_timeout=PATIENCE_S, **options)
        except HTTPClientError as error:
            if error.response is None:
                raise
            response = error.response
        body = json.loads(response.body) if response.body else None
        return Answer(response.code, body, response.headers)
