from __future__ import annotations

import functools
import json
import operator
from pathlib import Path
from typing import Any

import pytest
from client import Client
from sample import code_cell, names_in, notebook, two_steps

from nbprism.compiler.settings.step import known_settings

PLAIN = notebook(
    code_cell("a", "import math"), code_cell("b", "x = math.pi"), code_cell("c", "print(x)")
)
BAD_NOTEBOOKS = [
    pytest.param({}, id="empty object"),
    pytest.param({"nbformat": 4, "nbformat_minor": 5, "metadata": {}}, id="no cells"),
    pytest.param({**two_steps(), "nbformat": 3}, id="nbformat 3"),
    pytest.param({**two_steps(), "nbformat": 99}, id="nbformat 99"),
    pytest.param({**two_steps(), "cells": {}}, id="cells an object"),
]


async def test_the_pipeline_is_that_of_the_notebook_in_the_request(client: Client) -> None:
    answer = await client.post("compile", form={"path": "sub/a.ipynb", "notebook": two_steps()})
    assert answer.status == 200
    assert answer.body["pipeline"] == "a"
    assert [step["name"] for step in answer.body["steps"]] == ["load", "double"]
    assert [(edge["from"], edge["to"], edge["names"]) for edge in answer.body["edges"]] == [
        ("load", "double", ["x"])
    ]
    assert [cell["id"] for cell in answer.body["cells"]] == ["p", "a", "b", "c"]


async def test_findings_are_part_of_a_good_answer(client: Client) -> None:
    wrong = notebook(code_cell("a", "x = 1", "step:a", "step:b"))
    answer = await client.post("compile", form={"path": "a.ipynb", "notebook": wrong})
    assert answer.status == 200
    assert "error" in {found["severity"] for found in answer.body["diagnostics"]}


async def test_compiling_leaves_nothing_on_the_disk(client: Client, jp_root_dir: Path) -> None:
    await client.post("compile", form={"path": "a.ipynb", "notebook": two_steps()})
    assert names_in(jp_root_dir) == []


@pytest.mark.parametrize("bad", BAD_NOTEBOOKS)
async def test_what_is_no_usable_notebook_is_refused(client: Client, bad: Any) -> None:
    answer = await client.post("compile", form={"path": "a.ipynb", "notebook": bad})
    assert (answer.status, answer.code) == (422, "notebook-unreadable")
    assert answer.body["error"]["message"]


@pytest.mark.parametrize("path", ["../a.ipynb", "a/../../b.ipynb", "/", "a\0.ipynb"])
async def test_a_path_outside_the_root_is_refused(client: Client, path: str) -> None:
    answer = await client.post("compile", form={"path": path, "notebook": two_steps()})
    assert (answer.status, answer.code) == (404, "path-outside-root")


async def test_steps_are_proposed_for_a_notebook_that_has_none(client: Client) -> None:
    answer = await client.post("suggest", form={"path": "a.ipynb", "notebook": PLAIN})
    assert answer.status == 200
    assert answer.body["tags"]["a"] == ["imports"]
    steps = {step["name"] for step in answer.body["pipeline"]["steps"]}
    assert steps
    assert all(
        f"step:{step}" in functools.reduce(operator.iadd, answer.body["tags"].values(), [])
        for step in steps
    )


async def test_nothing_is_proposed_where_there_are_steps(client: Client) -> None:
    answer = await client.post("suggest", form={"path": "a.ipynb", "notebook": two_steps()})
    assert answer.body["tags"] == {}


async def test_the_form_asks_for_what_the_compiler_knows(client: Client) -> None:
    form = (await client.get("settings-form")).body
    assert set(form["properties"]) == set(known_settings())
    assert all(field["description"] for name, field in form["properties"].items() if name != "env")


async def test_the_cluster_says_what_it_has(client: Client) -> None:
    offer = (await client.get("cluster")).body
    assert (offer["cluster"], offer["nodes"]) == ("local", 1)
    assert offer["capacity"]["cpus"] >= 1
    assert offer["capacity"]["memory"] > 0


BODIES = [
    pytest.param(b"", 400, "body-unreadable", id="empty"),
    pytest.param(b"{nope", 400, "body-unreadable", id="not JSON"),
    pytest.param(b'{"path": "\xff"}', 400, "body-unreadable", id="not UTF-8"),
    pytest.param(b"[" * 50_000, 400, "body-unreadable", id="deep"),
    pytest.param(b"[]", 422, "field-invalid", id="a list"),
    pytest.param(b'{"path": 1, "notebook": {}}', 422, "field-invalid", id="wrong type"),
    pytest.param(b'{"path": "a", "notebook": {}, "x": 1}', 422, "field-invalid", id="extra"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
@pytest.mark.parametrize("route", ["compile", "suggest", "runs"])
async def test_a_bad_body_is_the_clients_fault(
    client: Client, route: str, body: bytes, status: int, code: str
) -> None:
    answer = await client.send(route, body=body)
    assert (answer.status, answer.code) == (status, code)


async def test_the_field_that_is_wrong_is_named(client: Client) -> None:
    answer = await client.post("compile", form={"path": "a.ipynb", "notebook": [1]})
    assert answer.body["error"]["field"] == "notebook"


async def test_an_unknown_route_is_no_answer_of_ours(client: Client) -> None:
    with pytest.raises(json.JSONDecodeError):
        await client.get("nothing")


class TestWithASmallLimit:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        extensions = {"nbprism": True}
        return {
            "ServerApp": {"jpserver_extensions": extensions},
            "PrismApp": {"max_body_bytes": 1000},
        }

    async def test_a_larger_body_is_refused_and_the_limit_said(self, client: Client) -> None:
        answer = await client.send("compile", body=b"x" * 2_000_000)
        assert (answer.status, answer.code) == (413, "body-too-large")
        assert "1,000 bytes" in answer.body["error"]["message"]

    async def test_a_body_at_the_limit_is_read(self, client: Client) -> None:
        answer = await client.send("compile", body=b" " * 1000)
        assert answer.status == 400
