"""A small client of Ray's Jobs HTTP API, with time limits and errors that say what to do.

Ray's own client needs the same Ray on both sides and has no time limits (ADR 0019).
Source: the routes of Ray 2.60, `dashboard/modules/job/job_head.py`.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import websocket

from nbprism.runner.cluster.free import Free
from nbprism.runner.errors import ClusterRejected, ClusterUnauthorized, ClusterUnreachable
from nbprism.runner.remote.address import RemoteCluster

JobStatus = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED"]
ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})
TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
FIND: Final = httpx.Timeout(10.0, connect=3.0)
"""It is asked again and again, and whoever looks at the run shall soon know that nobody answers."""
UPLOAD_S: Final = 600.0
CONNECT_RETRIES: Final = 2
BRIEF: Final = httpx.Timeout(5.0)
"""Where somebody looks on: one try, and no answer is an answer too."""
SILENCE_S: Final = 5.0
"""How long a log may be silent before we ask whether its job still runs."""
SILENCES: Final = 12
"""After so many, one upon another, we listen anew: a proxy may have dropped the line in silence."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the cluster tells of it."""

    status: JobStatus
    message: str

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the cluster and what it has in all, by Ray's names: `CPU`, `GPU`, `memory`, ..."""

    resources: Mapping[str, float]


class Jobs:
    """The jobs of one cluster. Every method may raise `ClusterUnreachable`."""

    def __init__(
        self,
        cluster: RemoteCluster,
        transport: httpx.BaseTransport | None = None,
        *,
        brief: bool = False,
    ) -> None:
        """Prepare; nothing is asked yet. Tests give a transport that answers by itself."""
        self._cluster = cluster
        self.ahead_s = 0.0
        """By how much the clock there was ahead of ours at the last answer, to the second."""
        self._http = httpx.Client(
            base_url=cluster.url,
            headers=dict(cluster.headers),
            timeout=BRIEF if brief else TIMEOUT,
            transport=transport or _transport(cluster, 0 if brief else CONNECT_RETRIES),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def version(self) -> str:
        """Return the version of the cluster's Ray."""
        return str(self._json("GET", "/api/version")["ray_version"])

    def nodes(self) -> list[Node]:
        """Return the nodes that are up."""
        listed = self._json("GET", "/api/v0/nodes", params={"detail": "1"})["data"]["result"]
        return [
            Node(node["resources_total"]) for node in listed["result"] if node["state"] == "ALIVE"
        ]

    def free(self) -> Free | None:
        """Return what nobody has reserved just now; None where the cluster does not tell."""
        try:
            told = self._json("GET", "/api/cluster_status")["data"]["clusterStatus"]
            usage = told["loadMetricsReport"]["usage"]
            return Free.of({name: total - used for name, (used, total) in usage.items()})
        except (ClusterUnreachable, KeyError, TypeError, ValueError):
            # Only Ray's first autoscaler writes it, and it is there for information alone.
            return None

    def upload(self, name: str, content: bytes) -> str:
        """Put a package on the cluster, once, and return its URI for a runtime environment."""
        path = f"/api/packages/gcs/{name}"
        if self._ask("GET", path).status_code != httpx.codes.OK:
            _checked(self._ask("PUT", path, content=content, timeout=UPLOAD_S))
        return f"gcs://{name}"

    def submit(
        self, job: str, entrypoint: str, runtime_env: Mapping[str, Any], metadata: Mapping[str, str]
    ) -> None:
        """Start a job under an id of our own; one that is there already is left alone."""
        body = {
            "submission_id": job,
            "entrypoint": entrypoint,
            "runtime_env": dict(runtime_env),
            "metadata": dict(metadata),
        }
        answer = self._ask("POST", "/api/jobs/", json=body)
        if answer.status_code != httpx.codes.OK and self.find(job) is None:
            _checked(answer)

    def find(self, job: str) -> Job | None:
        """Return how a job stands; None if the cluster does not know it."""
        answer = self._ask("GET", f"/api/jobs/{job}", timeout=FIND)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        told = _parsed(_checked(answer))
        return Job(told["status"], told.get("message") or "")

    def stop(self, job: str) -> None:
        """Ask a job to end; the cluster kills it if it does not listen."""
        _checked(self._ask("POST", f"/api/jobs/{job}/stop"))

    def output(self, job: str) -> Iterator[str]:
        """Yield what a job writes, line by line from the first, until it ends or the line breaks.

        A proxy may end the connection at any time: ask `find`, and begin again.
        """
        rest = ""
        for text in self._tail(job):
            *lines, rest = (rest + text).split("\n")
            yield from lines

    def _tail(self, job: str) -> Iterator[str]:
        parts = urlsplit(f"{self._cluster.url}/api/jobs/{job}/logs/tail")
        scheme = "wss" if parts.scheme == "https" else "ws"
        options = {"ca_certs": self._cluster.ca} if self._cluster.ca else None
        try:
            socket = websocket.create_connection(
                urlunsplit(parts._replace(scheme=scheme)),
                header=[f"{name}: {value}" for name, value in self._cluster.headers.items()],
                timeout=SILENCE_S,
                sslopt=options,
            )
        except (OSError, websocket.WebSocketException) as error:
            raise _unreachable(self._cluster.url, error) from error
        silences, has_ended = 0, False
        try:
            while silences < SILENCES:
                text = _received(socket)
                if text is not None:
                    silences = 0
                    yield text
                elif (now := self.find(job)) is None or has_ended:
                    return
                else:
                    # Of a job that has ended, a busy cluster may send the log only now.
                    silences, has_ended = silences + 1, now.ended
        except (OSError, websocket.WebSocketException):
            return
        finally:
            # Not `close`: that leaves it open if the other side has gone.
            socket.shutdown()  # type: ignore[no-untyped-call]

    def _json(self, method: str, path: str, **options: Any) -> Any:
        return _parsed(_checked(self._ask(method, path, **options)))

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise _unreachable(self._cluster.url, error) from error
        with contextlib.suppress(KeyError, ValueError):
            told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
            self.ahead_s = told - time.time()
        return answer


def _transport(cluster: RemoteCluster, retries: int) -> httpx.HTTPTransport:
    verify = ssl.create_default_context(cafile=cluster.ca) if cluster.ca else True
    return httpx.HTTPTransport(retries=retries, verify=verify)


def _received(socket: websocket.WebSocket) -> str | None:
    """Return the next piece of a log; None if it is silent.

    Raises:
        OSError, WebSocketException: it, or the line, is at its end.
    """
    try:
        text = socket.recv()
    except websocket.WebSocketTimeoutException:
        return None
    if not text:  # what a closed line gives
        raise websocket.WebSocketConnectionClosedException
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def _checked(answer: httpx.Response) -> httpx.Response:
    url = str(answer.request.url.copy_with(path="/", query=None))
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise ClusterUnauthorized(
            f"The cluster at {url} does not let us in ({answer.status_code}). Put its token into "
            "RAY_AUTH_TOKEN or ~/.ray/auth_token, or its header into your list of clusters."
        )
    if answer.is_server_error or answer.status_code == httpx.codes.NOT_FOUND:
        raise ClusterUnreachable(
            f"{url} answers {answer.status_code} where Ray's Jobs API should be: {_said(answer)}"
        )
    if answer.is_error:
        raise ClusterRejected(f"The cluster at {url} refused the request: {_said(answer)}")
    return answer


def _parsed(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except json.JSONDecodeError as error:
        raise ClusterUnreachable(
            f"{answer.request.url} answers, but not as Ray does: is a proxy or a login page in "
            f"between? It said: {_said(answer)}"
        ) from error


def _said(answer: httpx.Response) -> str:
    """Return the end of an answer's text: with a traceback in it, that is what matters."""
    return " ".join(answer.text.split())[-300:] or "nothing."


def _unreachable(url: str, error: Exception) -> ClusterUnreachable:
    return ClusterUnreachable(
        f"The cluster at {url} does not answer: {error}. Is its head up, and its dashboard port "
        "open to this machine?"
    )
