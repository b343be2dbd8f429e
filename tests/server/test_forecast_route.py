"""The route that tells what a run would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client import Client
from sample import code_cell, names_in, notebook, two_steps
from test_openapi import check

FORM: dict[str, Any] = {"path": "a.ipynb", "notebook": two_steps()}


async def test_a_notebook_that_never_ran_would_run(client: Client, jp_root_dir: Path) -> None:
    answer = await client.post("forecast", form=FORM)
    check(answer, "/forecast", "post")
    load, double = answer.body["steps"]
    assert (load["step"], load["action"], load["certain"]) == ("load", "run", True)
    assert load["causes"] == [
        {"code": "never-ran", "text": "never ran", "cell": None, "name": None}
    ]
    assert double["expected_s"] is None
    assert names_in(jp_root_dir) == []


async def test_a_step_that_fits_nowhere_is_told_before_a_run(client: Client) -> None:
    greedy = two_steps()
    greedy["metadata"]["nbprism"] = {"schema": 1, "steps": {"double": {"cpus": 10_000}}}
    answer = await client.post("forecast", form={**FORM, "notebook": greedy})
    check(answer, "/forecast", "post")
    (misfit,) = answer.body["misfits"]
    assert misfit["step"] == "double"
    assert "asks for 10000 CPUs; this machine has" in misfit["message"]


async def test_options_count(client: Client) -> None:
    answer = await client.post("forecast", form={**FORM, "from_step": "double"})
    assert [step["causes"][0]["code"] for step in answer.body["steps"]] == ["never-ran", "forced"]
    answer = await client.post("forecast", form={**FORM, "cache": False})
    assert {step["causes"][0]["code"] for step in answer.body["steps"]} == {"cache-off"}


@pytest.mark.parametrize(
    ("changed", "status", "code", "says"),
    [
        ({"from_step": "duoble"}, 422, "plan-rejected", "Did you mean `double`?"),
        ({"only_step": "double"}, 422, "plan-rejected", "Step 'load' would have to run"),
        ({"parameters": {"m": 1}}, 422, "plan-rejected", "m"),
        ({"cache": "no"}, 422, "field-invalid", "must be true or false"),
        ({"notebook": notebook(code_cell("a", "x = 1", "step:a", "step:b"))}, 422, None, ""),
    ],
)
async def test_what_cannot_be_run_has_no_forecast(
    client: Client, changed: dict[str, Any], status: int, code: str | None, says: str
) -> None:
    answer = await client.post("forecast", form={**FORM, **changed})
    assert answer.status == status
    assert code is None or answer.code == code
    assert says in answer.body["error"]["message"]
