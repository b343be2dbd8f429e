"""Where a run may go, and runs on other clusters that nobody writes down here any more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from client import Client
from runs import accepted_run
from sample import two_steps

from nbprism.runner import launch
from nbprism.runner.store import RunFolder
from nbprism.server_ext.app import PrismApp

LIST = """
[farm]
url = "http://127.0.0.1:9"
headers = { Cookie = "hidden" }
"""


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the user a list of clusters; nothing answers at the address in it."""
    path = tmp_path / "clusters.toml"
    path.write_text(LIST)
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(path))
    return path


def until(true: Callable[[], object], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_clusters_are_offered_by_name_and_nothing_else_of_them(
    client: Client, listed: Path
) -> None:
    answer = await client.get("clusters")
    assert answer.body == {"usual": "local", "clusters": ["local", "farm"]}


@pytest.fixture
def damaged(listed: Path) -> None:
    listed.write_text("[farm")


async def test_a_list_that_cannot_be_read_is_said(client: Client, damaged: None) -> None:
    answer = await client.get("clusters")
    assert (answer.status, answer.code) == (503, "cluster-unknown")


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


async def test_who_opens_a_notebook_attends_to_its_runs_on_other_clusters(
    client: Client, jp_root_dir: Path
) -> None:
    fresh = accepted_run(jp_root_dir, cluster="forgotten")
    old = made_long_ago(accepted_run(jp_root_dir, cluster="forgotten"))
    await client.get("runs", path="a.ipynb")
    until(lambda: relay_spoke(old))
    assert not fresh.driver_log_path.exists()  # its first relay may still be starting


async def test_a_relay_that_ends_at_once_is_not_started_at_each_look(
    client: Client, jp_root_dir: Path
) -> None:
    run = made_long_ago(accepted_run(jp_root_dir, cluster="forgotten"))
    await client.get("runs", path="a.ipynb")
    until(lambda: relay_spoke(run) and not run.is_alive())
    marked = (run.path / launch.ATTENDED).stat().st_mtime_ns
    for _ in range(3):
        await client.get("runs", path="a.ipynb")
    assert (run.path / launch.ATTENDED).stat().st_mtime_ns == marked
