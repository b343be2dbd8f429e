"""Gates, loops and sweeps on a real Ray, as a user asks for them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from nbprism.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "species.ipynb"

pytestmark = pytest.mark.usefixtures("cluster")


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return Path(shutil.copy(EXAMPLE, tmp_path))


def run(*arguments: object) -> Mapping[str, Any]:
    """Run with the arguments and return the summary."""
    result = CliRunner().invoke(main, ["run", *map(str, arguments), "--json"])
    summary: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return summary


def test_a_gate_opens_or_shuts_after_a_loop(notebook: Path) -> None:
    shut = run(notebook, "-p", "minimum=0.999")
    assert shut["state"] == "succeeded"
    train = shut["steps"]["train"]
    assert (train["state"], train["items"], train["items_ended"]) == ("succeeded", 3, 3)
    assert [unit["item"] for unit in train["units"].values()] == [
        "'setosa'", "'versicolor'", "'virginica'",
    ]  # fmt: skip
    publish = shut["steps"]["publish"]
    assert publish["state"] == "skipped"
    assert publish["reason"].startswith("its condition `worst >= minimum` is false (worst = 0.9")
    opened = run(notebook, "-p", "minimum=0.5")
    states = {name: step["state"] for name, step in opened["steps"].items()}
    # Nothing but the gate reads `minimum`; each unit was reused by itself.
    assert {states.pop("publish"), states.pop("train")} == {"succeeded"}
    assert set(states.values()) == {"reused"}
    units = opened["steps"]["train"]["units"].values()
    assert {unit["state"] for unit in units} == {"reused"}


def test_a_sweep_computes_once_what_its_runs_have_in_common(notebook: Path) -> None:
    sweep = run(notebook, "--sweep", "depth=1,2,4")
    assert sweep["state"] == "succeeded"
    assert [one["parameters"]["depth"] for one in sweep["runs"]] == [1, 2, 4]
    loads = [one["steps"]["load"]["state"] for one in sweep["runs"]]
    assert sorted(loads) == ["reused", "reused", "succeeded"]
    told = {one["parameters"]["depth"]: one["metrics"]["worst"] for one in sweep["runs"]}
    assert told == pytest.approx({depth: _worst(depth) for depth in (1, 2, 4)})
    shown = CliRunner().invoke(
        main, ["show", sweep["sweep"], "--store", str(notebook.parent / ".nbprism")]
    )
    assert shown.stdout.count("✔ succeeded") == 3
    assert shown.stdout.splitlines()[-1].startswith("Sweep succeeded.")


def _worst(depth: int) -> float:
    """Return what the notebook's own code gives in one process."""
    flowers = load_iris()
    model = DecisionTreeClassifier(max_depth=depth, random_state=0)
    scores = (
        cross_val_score(model, flowers.data, flowers.target == kind, cv=5) for kind in (0, 1, 2)
    )
    return min(float(score.mean()) for score in scores)
