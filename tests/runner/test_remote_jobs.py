"""The client of Ray's Jobs API, against answers such as clusters and proxies give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from nbprism.runner.errors import ClusterRejected, ClusterUnauthorized, ClusterUnreachable
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Jobs

CLUSTER = RemoteCluster("http://head:8265", {"Authorization": "Bearer secret"})
Answer = Callable[[httpx.Request], httpx.Response]


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def jobs(answer: Answer) -> Jobs:
    return Jobs(CLUSTER, httpx.MockTransport(answer))


def refusing(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: httpx.Response(401), ClusterUnauthorized),
        (lambda _: httpx.Response(403), ClusterUnauthorized),
        (lambda _: httpx.Response(404), ClusterUnreachable),
        (lambda _: httpx.Response(502, text="<html>Bad gateway"), ClusterUnreachable),
        (lambda _: httpx.Response(200, text="<html>Please log in"), ClusterUnreachable),
        (lambda _: httpx.Response(200, text='{"ray_ver'), ClusterUnreachable),
        (lambda _: httpx.Response(400, text="bad request"), ClusterRejected),
        (refusing, ClusterUnreachable),
    ],
)
def test_whatever_answers_is_one_kind_of_error_that_shows_no_secret(
    answer: Answer, error: type[Exception]
) -> None:
    with jobs(answer) as client, pytest.raises(error) as caught:
        client.version()
    assert "secret" not in str(caught.value)


def test_a_job_submitted_twice_is_one_job() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"status": "RUNNING", "message": ""})
        seen.append(request.url.path)
        return httpx.Response(200 if len(seen) == 1 else 500, json={}, text=None)

    with jobs(answer) as client:
        client.submit("run-1", "python", {}, {})
        client.submit("run-1", "python", {}, {})
    assert len(seen) == 2


def test_a_job_that_the_cluster_does_not_know_is_none() -> None:
    with jobs(lambda _: httpx.Response(404)) as client:
        assert client.find("run-1") is None


def test_how_far_the_clock_there_is_ahead_is_known_after_an_answer() -> None:
    there = datetime.now(UTC) + timedelta(hours=1)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"ray_version": "2"}, headers={"Date": http_date(there)})

    with jobs(answer) as client:
        assert client.ahead_s == 0.0
        client.version()
        assert client.ahead_s == pytest.approx(3600, abs=120)


@pytest.mark.parametrize("date", ["", "soon", "Thu, 99 Nov 2026 99:99:99 GMT"])
def test_a_date_that_is_none_is_left_alone(date: str) -> None:
    with jobs(lambda _: httpx.Response(404, headers={"Date": date})) as client:
        assert client.find("run-1") is None
        assert client.ahead_s == 0.0


def test_a_package_that_is_there_is_not_sent_again() -> None:
    methods: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        return httpx.Response(200)

    with jobs(answer) as client:
        assert client.upload("_ray_pkg_1.zip", b"...") == "gcs://_ray_pkg_1.zip"
    assert methods == ["GET"]
