"""What a run left, over HTTP: its plan, its notebooks, its report, its log, and the examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from client import Client
from runs import accepted_run
from sample import code_cell, notebook

from nbprism.server_ext.examples import SHIPPED
from nbprism.server_ext.report import report_of

ATTACKS = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "<svg><script>window.ran = 1</script></svg>",
    "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "<a href='javascript:window.ran = 1'>x</a>",
]


async def test_a_run_is_told_in_full(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    place = run.manifest_path("load")
    place.write_text(json.dumps({"usage": {"cpu_s": 1.5, "peak_rss": 2**20, "odd": "x"}}))
    answer = await client.get("runs", run.id, "detail", path="a.ipynb")
    assert answer.status == 200
    load, double = answer.body["units"]
    assert (load["step"], double["needs"], double["inputs"]) == ("load", ["load"], {"x": "load"})
    assert answer.body["usage"] == {"load": {"cpu_s": 1.5, "peak_rss": 2**20}, "double": {}}
    assert answer.body["summary"]["path"] == "a.ipynb"


async def test_the_notebook_is_given_as_it_was_submitted(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    answer = await client.get("runs", run.id, "notebook", path="a.ipynb")
    assert [cell["id"] for cell in answer.body["cells"]] == ["p", "a", "b", "c"]


async def test_the_last_words_of_a_driver_are_given(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    assert (await client.get("runs", run.id, "log", path="a.ipynb")).body == {
        "text": "", "cut": False,
    }  # fmt: skip
    run.driver_log_path.write_bytes(b"x" * 100_000 + "Ray says ü\n".encode() + b"\xff")
    said = (await client.get("runs", run.id, "log", path="a.ipynb")).body
    assert said["cut"]
    assert said["text"].endswith("Ray says ü\n\ufffd")


async def test_a_report_is_a_file_that_can_do_nothing_here(
    client: Client, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    answer = await client.get("runs", run.id, "report", path="a.ipynb")
    assert (answer.status, answer.code) == (404, "executed-missing")
    form = notebook({**code_cell("a", "1"), "outputs": [_html("<b>bold</b>")]})
    run.executed_path().write_text(json.dumps(form))
    answer = await client.raw("runs", run.id, "report", path="a.ipynb")
    assert "<b>bold</b>" in answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_notebook_runs_in_its_report(attack: str) -> None:
    cells = [
        {**code_cell("a", f"'{attack}'"), "outputs": [_html(attack)]},
        {"id": "m", "cell_type": "markdown", "source": attack, "metadata": {}},
    ]
    page = report_of(notebook(*cells), title=attack)
    assert "<script>window.ran" not in page
    assert "onerror=" not in page.replace("&lt;img src=x onerror=", "")
    assert "<iframe" not in page
    assert 'href="javascript:' not in page


def _html(text: str) -> dict[str, object]:
    return {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}


async def test_the_examples_are_described(client: Client) -> None:
    listed = (await client.get("examples")).body["examples"]
    assert {item["name"] for item in listed} == {file.name for file in SHIPPED.glob("*.ipynb")}
    assert all(item["title"] and item["text"] for item in listed)


async def test_an_example_is_copied_and_a_changed_copy_is_kept(
    client: Client, jp_root_dir: Path
) -> None:
    form = {"name": "digits.ipynb", "folder": ""}
    assert (await client.post("examples", form=form)).body == {"path": "digits.ipynb"}
    assert (await client.post("examples", form=form)).body == {"path": "digits.ipynb"}
    (jp_root_dir / "digits.ipynb").write_text("mine")
    assert (await client.post("examples", form=form)).body == {"path": "digits-1.ipynb"}
    assert (jp_root_dir / "digits.ipynb").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "folder", "code"),
    [
        ("../app.py", "", "example-missing"),
        ("nope.ipynb", "", "example-missing"),
        ("digits.ipynb", "..", "path-outside-root"),
        ("digits.ipynb", "gone", "folder-missing"),
    ],
)
async def test_an_example_is_copied_nowhere_else(
    client: Client, name: str, folder: str, code: str
) -> None:
    answer = await client.post("examples", form={"name": name, "folder": folder})
    assert (answer.status, answer.code) == (404, code)
