"""Whatever a client sends as a notebook, the server answers as its description says."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from client import Client
from sample import two_steps

ROUNDS = 60
ODD: list[Any] = [
    None, True, -1, 0, 1e308, 10**30, "", "\0", "step:", "step:../x", "\u202e", "x" * 5000, [], {},
    [[]], {"a": {}}, ["step:a", "step:b"], ["step:load", 3], "def f(:\n", "((((", "%%bash\nls", "!ls",
    "x = " + "-" * 3000 + "1", {"nbprism": {"steps": {"load": {"gpus": -1}}}},
    {"nbprism": {"steps": []}}, {"nbprism": {"schema": 99}}, {"kernelspec": {"language": "R"}},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every part of a JSON value but the whole."""
    found: list[tuple[Any, ...]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in items:
        found.append((*path, key))
        if isinstance(part, dict | list):
            found += places(part, (*path, key))
    return found


def spoilt(chance: random.Random) -> Any:
    """Return a good notebook in which one to three parts are something odd, or gone."""
    notebook = copy.deepcopy(two_steps())
    for _ in range(chance.randint(1, 3)):
        *way, last = chance.choice(places(notebook))
        parent = notebook
        for key in way:
            parent = parent[key]
        if chance.random() < 0.2:
            del parent[last]
        else:
            parent[last] = copy.deepcopy(chance.choice(ODD))
    return notebook


@pytest.mark.parametrize("seed", range(8))
async def test_an_odd_notebook_is_compiled_or_refused_and_never_a_bug(
    client: Client, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        notebook = spoilt(chance)
        answer = await client.post("compile", form={"path": "a.ipynb", "notebook": notebook})
        assert answer.status in {200, 422}, (answer.body, json.dumps(notebook))
        if answer.status == 422:
            assert answer.code in {"notebook-unreadable", "field-invalid"}
