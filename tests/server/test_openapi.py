"""The description of the REST interface says what the server does."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from client import Answer, Client
from runs import accepted_run
from sample import code_cell, notebook, two_steps

import nbprism.server_ext
from nbprism.server_ext.app import PrismApp
from nbprism.server_ext.replies import STATUSES

DOCUMENT = yaml.safe_load(
    (Path(nbprism.server_ext.__file__).parent / "openapi.yaml").read_text(encoding="utf-8")
)
RUN = "20260101-000000-digits-0000"


def check(answer: Answer, path: str, method: str) -> None:
    """Fail unless the answer is one that the document describes for the operation."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    response = responses[str(answer.status)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
    schema = response["content"]["application/json"]["schema"]
    jsonschema.validate(answer.body, {**schema, "components": DOCUMENT["components"]})


def test_every_route_is_described_and_nothing_else(app: PrismApp) -> None:
    routes = {re.sub(r"\(\?P<run>.*?\)", "{run}", pattern) for pattern, *_ in app.handlers}
    assert {f"/nbprism{path}" for path in DOCUMENT["paths"]} == routes


def test_every_status_an_error_can_have_is_described() -> None:
    described = {
        status
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
        for status in operation["responses"]
    }
    assert {str(int(status)) for status in STATUSES.values()} <= described


async def test_a_compiled_pipeline_is_as_described(client: Client) -> None:
    form = {"path": "a.ipynb", "notebook": two_steps()}
    check(await client.post("compile", form=form), "/compile", "post")


async def test_a_proposal_is_as_described(client: Client) -> None:
    form = {"path": "a.ipynb", "notebook": notebook(code_cell("a", "x = 1"))}
    check(await client.post("suggest", form=form), "/suggest", "post")


async def test_what_there_is_to_ask_for_is_as_described(client: Client) -> None:
    check(await client.get("settings-form"), "/settings-form", "get")
    check(await client.get("cluster"), "/cluster", "get")
    check(await client.get("clusters"), "/clusters", "get")


async def test_findings_are_as_described(client: Client) -> None:
    wrong = notebook(code_cell("a", "x = 1", "step:a", "step:b"))
    answer = await client.post("compile", form={"path": "a.ipynb", "notebook": wrong})
    assert answer.body["diagnostics"]
    check(answer, "/compile", "post")
    answer = await client.post("runs", form={"path": "a.ipynb", "notebook": wrong})
    assert answer.status == 422
    check(answer, "/runs", "post")


async def test_runs_are_as_described(client: Client, jp_root_dir: Path) -> None:
    run = accepted_run(jp_root_dir)
    check(await client.get("runs", path="a.ipynb"), "/runs", "get")
    check(await client.get("runs", run.id, path="a.ipynb"), "/runs/{run}", "get")
    cancelled = await client.post("runs", run.id, "cancel", form={"path": "a.ipynb"})
    check(cancelled, "/runs/{run}/cancel", "post")


REFUSALS = [
    pytest.param("compile", b"{", "/compile", id="compile, not JSON"),
    pytest.param("compile", b"{}", "/compile", id="compile, fields missing"),
    pytest.param("runs", b'{"path": "../a", "notebook": {}}', "/runs", id="submit, outside"),
    pytest.param(f"runs/{RUN}/cancel", b'{"path": "a"}', "/runs/{run}/cancel", id="cancel"),
]


@pytest.mark.parametrize(("route", "body", "path"), REFUSALS)
async def test_refusals_are_as_described(
    client: Client, route: str, body: bytes, path: str
) -> None:
    answer = await client.send(*route.split("/"), body=body)
    assert answer.status >= 400
    check(answer, path, "post")
