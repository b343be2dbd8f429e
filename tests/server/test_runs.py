from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client import Client
from runs import accepted_run
from sample import code_cell, names_in, notebook, two_steps

NOBODY = "20260101-000000-digits-0000"


async def test_a_notebook_that_never_ran_has_no_runs(client: Client) -> None:
    answer = await client.get("runs", path="a.ipynb")
    assert (answer.status, answer.body) == (200, {"runs": [], "more": False, "searched_all": True})


async def test_runs_are_listed_for_their_notebook_alone(client: Client, jp_root_dir: Path) -> None:
    mine = accepted_run(jp_root_dir, "a.ipynb")
    accepted_run(jp_root_dir, "b.ipynb")
    answer = await client.get("runs", path="a.ipynb")
    assert [run["run"] for run in answer.body["runs"]] == [mine.id]


async def test_a_run_can_be_asked_for_by_its_id(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    answer = await client.get("runs", run.id, path="a.ipynb")
    assert answer.status == 200
    assert answer.body["run"] == run.id
    assert answer.body["state"] == "accepted"
    assert set(answer.body["steps"]) == {"load", "double"}


IMPOSSIBLE = '{"seq":1,"at":1.0,"kind":"run-succeeded","duration_s":1.0}\n'


@pytest.mark.parametrize("text", ["not an event\n", "", IMPOSSIBLE])
async def test_a_damaged_log_hides_no_other_run(
    client: Client, jp_root_dir: Path, text: str
) -> None:
    good, bad = accepted_run(jp_root_dir), accepted_run(jp_root_dir)
    bad.log_path.write_text(text)
    answer = await client.get("runs", path="a.ipynb")
    states = {run["run"]: run["state"] for run in answer.body["runs"]}
    assert states == {good.id: "accepted", bad.id: "lost"}
    assert (await client.get("runs", bad.id, path="a.ipynb")).code == "log-unreadable"


async def test_a_run_without_a_log_hides_no_other_run(client: Client, jp_root_dir: Path) -> None:
    good, bad = accepted_run(jp_root_dir), accepted_run(jp_root_dir)
    bad.log_path.unlink()
    answer = await client.get("runs", path="a.ipynb")
    assert {run["run"] for run in answer.body["runs"]} == {good.id, bad.id}


@pytest.mark.parametrize("run", [NOBODY, "x", "A-1"])
async def test_an_unknown_run_is_not_found(client: Client, run: str) -> None:
    answer = await client.get("runs", run, path="a.ipynb")
    assert (answer.status, answer.code) == (404, "run-not-found")


async def test_the_query_must_name_the_notebook(client: Client) -> None:
    answer = await client.get("runs")
    assert (answer.status, answer.body["error"]["field"]) == (422, "path")


@pytest.fixture
def link_out(jp_root_dir: Path, tmp_path: Path) -> Path:
    """Return a link in the root that leads out of it."""
    (tmp_path / "elsewhere").mkdir()
    link = jp_root_dir / "link"
    link.symlink_to(tmp_path / "elsewhere")
    return link


@pytest.mark.parametrize("path", ["../a.ipynb", "../../etc/passwd", "link/a.ipynb"])
async def test_no_run_is_read_outside_the_root(client: Client, link_out: Path, path: str) -> None:
    for parts in (["runs"], ["runs", NOBODY]):
        answer = await client.get(*parts, path=path)
        assert (answer.status, answer.code) == (404, "path-outside-root")


async def test_a_pipeline_with_errors_is_not_run_and_says_why(
    client: Client, jp_root_dir: Path
) -> None:
    wrong = notebook(code_cell("a", "x = 1", "step:a", "step:b"))
    answer = await client.post("runs", form={"path": "a.ipynb", "notebook": wrong})
    assert (answer.status, answer.code) == (422, "pipeline-has-errors")
    assert any(found["severity"] == "error" for found in answer.body["diagnostics"])
    assert names_in(jp_root_dir) == []


@pytest.mark.parametrize("parameters", [{"nope": 1}, {"n": "three"}])
async def test_parameters_that_do_not_fit_are_refused(
    client: Client, jp_root_dir: Path, parameters: dict[str, Any]
) -> None:
    form = {"path": "a.ipynb", "notebook": two_steps(), "parameters": parameters}
    answer = await client.post("runs", form=form)
    assert (answer.status, answer.code) == (422, "plan-rejected")
    assert names_in(jp_root_dir) == []


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ({"nope": [1, 2]}, "no parameter"),
        ({"n": [1, "three"]}, "three"),
        ({"n": list(range(1001))}, "1,001 runs is too large"),
    ],
)
async def test_a_sweep_that_does_not_fit_is_refused_as_a_whole(
    client: Client, jp_root_dir: Path, sweep: dict[str, Any], said: str
) -> None:
    form = {"path": "a.ipynb", "notebook": two_steps(), "sweep": sweep}
    answer = await client.post("runs", form=form)
    assert (answer.status, answer.code) == (422, "plan-rejected")
    assert said in answer.body["error"]["message"]
    assert names_in(jp_root_dir) == []


async def test_a_folder_that_does_not_exist_is_not_made(client: Client, jp_root_dir: Path) -> None:
    form = {"path": "gone/a.ipynb", "notebook": two_steps()}
    answer = await client.post("runs", form=form)
    assert (answer.status, answer.code) == (404, "folder-missing")
    assert names_in(jp_root_dir) == []


async def test_a_run_that_wrote_no_notebook_yet_says_so(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    answer = await client.get("runs", run.id, "executed", path="a.ipynb")
    assert (answer.status, answer.code) == (404, "executed-missing")


async def test_the_executed_notebook_is_given_as_it_is(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    run.executed_path().write_text('{"cells": [], "note": "<script>alert(1)</script>"}')
    answer = await client.get("runs", run.id, "executed", path="a.ipynb")
    assert answer.status == 200
    assert answer.body == {"cells": [], "note": "<script>alert(1)</script>"}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_cancelling_leaves_the_mark_the_driver_looks_for(
    client: Client, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    answer = await client.post("runs", run.id, "cancel", form={"path": "a.ipynb"})
    assert (answer.status, answer.body["run"]) == (202, run.id)
    assert run.cancel_requested()


async def test_cancelling_one_step_leaves_a_mark_for_it_alone(
    client: Client, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    step = next(iter(run.summary()["steps"]))
    form = {"path": "a.ipynb", "step": step}
    answer = await client.post("runs", run.id, "cancel", form=form)
    assert (answer.status, answer.body["run"]) == (202, run.id)
    assert run.step_cancels_requested() == {step}
    assert not run.cancel_requested()


async def test_a_step_that_is_not_there_is_not_cancelled(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    form = {"path": "a.ipynb", "step": "../../a"}
    answer = await client.post("runs", run.id, "cancel", form=form)
    assert (answer.status, answer.code) == (409, "run-conflict")
    assert not run.step_cancels_requested()
