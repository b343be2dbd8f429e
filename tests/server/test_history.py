"""Lists of runs: filtered, page by page, over all notebooks below a folder."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from client import Client
from runs import accepted_run, driven

from nbprism.runner import events as ev
from nbprism.runner.store import RunFolder, Store
from nbprism.server_ext.history import History, RunsQuery
from nbprism.server_ext.roots import ContentsRoot
from nbprism.server_ext.summaries import KEPT_IN, Summaries


def finished(folder: Path, name: str = "a.ipynb", **metrics: Any) -> RunFolder:
    run = accepted_run(folder, name)
    with driven(run) as driver:
        driver.start()
        driver.write(ev.StepQueued, step="load", attempt=1)
        driver.write(ev.StepStarted, step="load", attempt=1, pid=1)
        for metric, value in metrics.items():
            driver.write(ev.MetricReported, step="load", name=metric, value=value)
        driver.write(ev.StepSucceeded, step="load", attempt=1, duration_s=0.1)
        driver.end()
    return run


def ids(page: dict[str, Any]) -> list[str]:
    return [run["run"] for run in page["runs"]]


async def test_runs_of_all_notebooks_below_a_folder_are_listed_newest_first(
    client: Client, jp_root_dir: Path
) -> None:
    (jp_root_dir / "deep" / "er").mkdir(parents=True)
    (jp_root_dir / ".hidden").mkdir()
    first = accepted_run(jp_root_dir, "a.ipynb")
    second = accepted_run(jp_root_dir / "deep" / "er", "b.ipynb")
    accepted_run(jp_root_dir / ".hidden", "c.ipynb")
    answer = await client.get("runs", folder="")
    assert ids(answer.body) == [second.id, first.id]
    assert [run["path"] for run in answer.body["runs"]] == ["deep/er/b.ipynb", "a.ipynb"]
    answer = await client.get("runs", folder="deep")
    assert ids(answer.body) == [second.id]


async def test_a_long_list_comes_page_by_page(client: Client, jp_root_dir: Path) -> None:
    made = [accepted_run(jp_root_dir).id for _ in range(5)]
    seen: list[str] = []
    more, before = True, {}
    while more:
        page = (await client.get("runs", path="a.ipynb", limit="2", **before)).body
        seen, more = [*seen, *ids(page)], page["more"]
        before = {"before": seen[-1]}
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(made)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"states": "succeeded"}, ["good"]),
        ({"states": "accepted,failed"}, ["open"]),
        ({"search": "score=0.9"}, ["good"]),
        ({"search": "SUCCEEDED a.ipynb"}, ["good"]),
        ({"search": "n=3"}, ["open", "good"]),
        ({"search": "nothing like it"}, []),
    ],
)
async def test_a_list_is_filtered_by_state_and_words(
    client: Client, jp_root_dir: Path, query: dict[str, str], expected: list[str]
) -> None:
    good = finished(jp_root_dir, score=0.91)
    names = {good.id: "good", accepted_run(jp_root_dir).id: "open"}
    answer = await client.get("runs", path="a.ipynb", **query)
    assert [names[run] for run in ids(answer.body)] == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "path"),
        ({"path": "a.ipynb", "limit": "-1"}, "limit"),
        ({"path": "a.ipynb", "limit": "501"}, "limit"),
        ({"path": "a.ipynb", "before": "../x"}, "before"),
        ({"path": "a.ipynb", "states": "happy"}, "states"),
        ({"path": "a.ipynb", "search": "x" * 1001}, "search"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(
    client: Client, query: dict[str, str], field: str
) -> None:
    answer = await client.get("runs", **query)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)


async def test_no_folder_outside_the_root_is_searched(client: Client, jp_root_dir: Path) -> None:
    (jp_root_dir / "link").symlink_to(jp_root_dir.parent)
    for folder in ("..", "a/../..", "link"):
        assert (await client.get("runs", folder=folder)).code == "path-outside-root"


def test_what_is_kept_of_a_run_is_derived(tmp_path: Path) -> None:
    run = finished(tmp_path, score=1)
    told = Summaries().of(run)
    kept = run.path / KEPT_IN
    assert json.loads(kept.read_text())["summary"] == told
    for damage in ("", "{}", '{"schema": 1, "log_bytes": 1, "summary": {}}', "[]"):
        kept.write_text(damage)
        assert Summaries().of(run) == told
    kept.unlink()
    assert Summaries().of(run) == told


def test_a_log_that_went_on_is_read_again(tmp_path: Path) -> None:
    run = finished(tmp_path)
    Summaries().of(run)
    other = finished(tmp_path, score=7)
    run.log_path.write_bytes(other.log_path.read_bytes())
    assert Summaries().of(run)["metrics"] == {"score": 7}


async def test_a_pinned_run_is_not_deleted(client: Client, jp_root_dir: Path) -> None:
    run = finished(jp_root_dir)
    form = {"path": "a.ipynb", "pinned": True}
    assert (await client.post("runs", run.id, "pin", form=form)).body["pinned"] is True
    refused = await client.ask("runs", run.id, method="DELETE", params={"path": "a.ipynb"})
    assert (refused.status, refused.code) == (409, "run-conflict")
    await client.post("runs", run.id, "pin", form={**form, "pinned": False})
    gone = await client.ask("runs", run.id, method="DELETE", params={"path": "a.ipynb"})
    assert gone.status == 200
    assert ids((await client.get("runs", path="a.ipynb")).body) == []
    assert list(run.path.parent.iterdir()) == []


async def test_a_run_that_goes_on_is_not_deleted(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    refused = await client.ask("runs", run.id, method="DELETE", params={"path": "a.ipynb"})
    assert (refused.status, refused.code) == (409, "run-conflict")
    assert run.path.is_dir()


def test_a_thousand_runs_are_listed_quickly(tmp_path: Path) -> None:
    run = finished(tmp_path, score=1)
    Summaries().of(run)
    store, log = Store.beside(tmp_path / "a.ipynb"), run.log_path.read_text()
    kept = (run.path / KEPT_IN).read_text()
    for number in range(1, 1000):
        folder = store.runs_path / f"20260101-000000-a-{number:04x}"
        folder.mkdir()
        # As long as the other, so that the length of the log is the one that was kept.
        (folder / "events.jsonl").write_text(log.replace(run.id, folder.name.ljust(len(run.id))))
        (folder / KEPT_IN).write_text(kept.replace(run.id, folder.name))
    began = time.process_time()
    page = History(ContentsRoot(tmp_path)).page(RunsQuery(folder="", search="score=1", limit=50))
    assert len(page.runs) == 50
    first = time.process_time() - began
    assert first < 1.0
