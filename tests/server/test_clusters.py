"""Where a run may go, and runs on other clusters that nobody writes down here any more."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from client import Client
from runs import accepted_run
from sample import two_steps
from test_openapi import check

from nbprism.runner import launch
from nbprism.runner.remote import jobs
from nbprism.runner.remote.address import find_cluster, known_clusters
from nbprism.runner.store import RunFolder
from nbprism.server_ext.app import PrismApp

LIST = """
[farm]
url = "http://127.0.0.1:9"
headers = { Cookie = "hidden" }
"""


@pytest.fixture
def listed(clusters_file: Path) -> Path:
    """Give the user a list of clusters; nothing answers at the address in it."""
    clusters_file.parent.mkdir()
    clusters_file.write_text(LIST)
    return clusters_file


def text_of(file: Path) -> str:
    return file.read_text()


def until(true: Callable[[], object], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_clusters_are_offered_by_name_and_nothing_else_of_them(
    client: Client, listed: Path
) -> None:
    answer = await client.get("clusters")
    file = str(listed)
    assert answer.body == {"usual": "local", "clusters": ["local", "farm"], "file": file}


@pytest.fixture
def damaged(listed: Path) -> None:
    listed.write_text("[farm")


async def test_a_list_that_cannot_be_read_is_said(client: Client, damaged: None) -> None:
    answer = await client.get("clusters")
    assert (answer.status, answer.code) == (503, "cluster-unknown")


async def test_one_more_is_written_into_the_list_and_the_rest_stays(
    client: Client, listed: Path
) -> None:
    added = await client.post("clusters", form={"name": "lab", "url": "http://head:8265"})
    check(added, "/clusters", "post")
    assert (added.status, added.body["clusters"]) == (201, ["local", "farm", "lab"])
    assert text_of(listed).startswith(LIST)
    assert find_cluster("lab").url == "http://head:8265"


async def test_the_first_one_makes_the_list(client: Client, clusters_file: Path) -> None:
    address = 'https://ray.example.org/a?b="c"'
    await client.post("clusters", form={"name": "lab", "url": address})
    assert known_clusters() == {"lab": {"url": address}}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "farm", "url": "http://head:8265"}, "name"),
        ({"name": "local", "url": "http://head:8265"}, "name"),
        ({"name": "a]\n[b", "url": "http://head:8265"}, "name"),
        ({"name": "lab", "url": "file:///etc/passwd"}, "url"),
        ({"name": "lab", "url": "http://"}, "url"),
        ({"name": "lab", "url": "http://[x"}, "url"),
        ({"name": "lab", "url": "http://head\n[x]"}, "url"),
        ({"name": "lab"}, "url"),
        ({"name": "lab", "url": "http://head:8265", "headers": {}}, "headers"),
    ],
)
async def test_what_is_no_cluster_is_not_added(
    client: Client, listed: Path, form: dict[str, Any], field: str
) -> None:
    answer = await client.post("clusters", form=form)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)
    assert text_of(listed) == LIST


class Head(BaseHTTPRequestHandler):
    """The head of a Ray cluster, as far as it says what it has."""

    nodes: ClassVar = [
        {"CPU": 4.0, "memory": 8e9},
        {"CPU": 16.0, "GPU": 2.0, "memory": 64e9, "accelerator_type:A100": 1.0},
    ]

    status: ClassVar = {
        "loadMetricsReport": {
            "usage": {"CPU": [15.0, 20.0], "GPU": [2.0, 2.0], "memory": [2e9, 72e9]}
        }
    }

    def do_GET(self) -> None:
        up = [{"state": "ALIVE", "resources_total": node} for node in self.nodes]
        told: dict[str, Any] = {"result": {"result": up}} if "nodes" in self.path else {}
        if "cluster_status" in self.path:
            told = {"clusterStatus": self.status}
        form = json.dumps({"ray_version": "2.60.0", "data": told}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(form)))
        self.end_headers()
        self.wfile.write(form)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def farm(listed: Path) -> Iterator[None]:
    """Let a head answer at the address in the list."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Head) as head:
        threading.Thread(target=head.serve_forever, daemon=True).start()
        listed.write_text(LIST.replace(":9", f":{head.server_port}"))
        yield
        head.shutdown()


async def test_a_cluster_elsewhere_is_asked_what_it_has(client: Client, farm: None) -> None:
    answer = await client.get("cluster", cluster="farm")
    check(answer, "/cluster", "get")
    assert answer.body == {
        "cluster": "farm",
        "capacity": {"cpus": 16, "gpus": 2, "memory": 64_000_000_000, "accelerators": ["A100"]},
        "total": {"cpus": 20, "gpus": 2, "memory": 72_000_000_000, "accelerators": ["A100"]},
        "free": {"cpus": 5, "gpus": 0, "memory": 70_000_000_000},
        "nodes": 2,
    }


async def test_one_that_does_not_tell_what_is_free_says_the_rest(
    client: Client, farm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Head, "status", None)
    answer = await client.get("cluster", cluster="farm")
    check(answer, "/cluster", "get")
    assert (answer.body["free"], answer.body["total"]["cpus"]) == (None, 20)


async def test_what_it_said_is_good_enough_for_advice(client: Client, farm: None) -> None:
    greedy = two_steps()
    greedy["metadata"]["nbprism"] = {"schema": 1, "steps": {"double": {"gpus": 3}}}
    form = {"path": "a.ipynb", "notebook": greedy, "cluster": "farm"}
    before = await client.post("forecast", form=form)
    assert before.body["misfits"] == []  # nothing is known, and nothing was asked
    await client.get("cluster", cluster="farm")
    after = await client.post("forecast", form=form)
    check(after, "/forecast", "post")
    (misfit,) = after.body["misfits"]
    assert misfit["step"] == "double"
    assert "asks for 3 GPUs; the largest node of the cluster has 2" in misfit["message"]


async def test_one_that_does_not_answer_says_so(client: Client, listed: Path) -> None:
    answer = await client.get("cluster", cluster="farm")
    check(answer, "/cluster", "get")
    assert (answer.status, answer.code) == (503, "cluster-unreachable")
    assert "127.0.0.1:9" in answer.body["error"]["message"]
    answer = await client.get("cluster", cluster="http://evil.example:8265")
    assert (answer.status, answer.body["error"]["field"]) == (422, "cluster")


@pytest.fixture
def silent(listed: Path) -> Iterator[None]:
    """Let somebody take the call at the address in the list, and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as taker:
        listed.write_text(LIST.replace(":9", f":{taker.getsockname()[1]}"))
        yield


async def test_who_looks_on_does_not_wait_for_one_that_is_silent(
    client: Client, silent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BRIEF", httpx.Timeout(0.2))
    answer = await client.get("cluster", cluster="farm")  # the client gives up after 20 s
    assert (answer.status, answer.code) == (503, "cluster-unreachable")


@pytest.mark.parametrize("name", ["http://evil.example:8265", "nowhere", "ray://evil"])
async def test_only_what_is_offered_can_be_chosen(client: Client, listed: Path, name: str) -> None:
    form = {"path": "a.ipynb", "notebook": two_steps(), "cluster": name}
    answer = await client.post("runs", form=form)
    assert (answer.status, answer.body["error"]["field"]) == (422, "cluster")
    assert "`local` and `farm`" in answer.body["error"]["message"]


async def test_a_run_goes_to_the_cluster_that_was_chosen(client: Client, listed: Path) -> None:
    form = {"path": "a.ipynb", "notebook": two_steps(), "cluster": "farm"}
    answer = await client.post("runs", form=form)
    assert (answer.status, answer.code) == (503, "cluster-unreachable")
    assert "127.0.0.1:9" in answer.body["error"]["message"]


@pytest.fixture
def left(jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """Return a run on a cluster whose relay is gone; the next one will say it knows no cluster."""
    monkeypatch.setattr(launch, "STARTING_S", 0.0)
    return accepted_run(jp_root_dir, cluster="forgotten")


def relay_spoke(run: RunFolder) -> bool:
    return (
        run.driver_log_path.exists() and "no cluster 'forgotten'" in run.driver_log_path.read_text()
    )


async def test_a_server_that_starts_attends_to_the_runs_on_other_clusters(
    left: RunFolder, app: PrismApp
) -> None:
    until(lambda: relay_spoke(left))


def made_long_ago(run: RunFolder) -> RunFolder:
    form = json.loads(run.log_path.read_text())
    run.log_path.write_text(json.dumps({**form, "at": 1.0}) + "\n")
    return run


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a relay that was just started take as long to begin as this machine likes."""
    monkeypatch.setattr(launch, "STARTING_S", 1000.0)


async def test_who_opens_a_notebook_attends_to_its_runs_on_other_clusters(
    client: Client, jp_root_dir: Path, unhurried: None
) -> None:
    fresh = accepted_run(jp_root_dir, cluster="forgotten")
    old = made_long_ago(accepted_run(jp_root_dir, cluster="forgotten"))
    await client.get("runs", path="a.ipynb")
    until(lambda: relay_spoke(old))
    assert not fresh.driver_log_path.exists()  # its first relay may still be starting


async def test_a_relay_that_ends_at_once_is_not_started_at_each_look(
    client: Client, jp_root_dir: Path, unhurried: None
) -> None:
    run = made_long_ago(accepted_run(jp_root_dir, cluster="forgotten"))
    await client.get("runs", path="a.ipynb")
    until(lambda: relay_spoke(run) and not run.is_alive())
    marked = (run.path / launch.ATTENDED).stat().st_mtime_ns
    for _ in range(3):
        await client.get("runs", path="a.ipynb")
    assert (run.path / launch.ATTENDED).stat().st_mtime_ns == marked


async def test_a_run_that_nobody_can_attend_to_is_shown_as_it_is(
    client: Client, jp_root_dir: Path
) -> None:
    run = made_long_ago(accepted_run(jp_root_dir, cluster="forgotten"))
    run.driver_log_path.mkdir()  # as little to be written as in somebody else's store
    answer = await client.get("runs", path="a.ipynb")
    assert [row["run"] for row in answer.body["runs"]] == [run.id]
