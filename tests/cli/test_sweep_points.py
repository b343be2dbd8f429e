"""`--sweep`: which runs it makes."""

from __future__ import annotations

from typing import Any

import click
import pytest

from nbprism.cli.sweep import points_of, values_in
from nbprism.compiler import Pipeline
from nbprism.compiler.flow import Parameter
from nbprism.results.sweep_rows import state_of, varied

PIPELINE = Pipeline(
    "p", (Parameter("lr", "float", 0.1), Parameter("kind", "str", "a"), Parameter("n", "list", []))
)

VALUES: list[tuple[str, bool, list[Any]]] = [
    ("0.1,0.01", False, [0.1, 0.01]),
    ("1", False, [1]),
    ("True, False,None", False, [True, False, None]),
    ("[1,2],[3]", False, [[1, 2], [3]]),
    ("adam,sgd", False, ["adam", "sgd"]),
    ("adam,sgd", True, ["adam", "sgd"]),
    ("1,2", True, ["1", "2"]),
    ('"a,b","c"', True, ["a,b", "c"]),
]


@pytest.mark.parametrize(("text", "as_text", "values"), VALUES)
def test_values_are_read_as_those_of_a_parameter(
    text: str, as_text: bool, values: list[Any]
) -> None:
    assert values_in(text, as_text=as_text) == values


def test_several_sweeps_make_a_grid_the_last_changing_fastest() -> None:
    points = points_of(("lr=1,2", "kind=a,b"), {"n": [3]}, PIPELINE)
    assert [(point["lr"], point["kind"]) for point in points] == [
        (1, "a"), (1, "b"), (2, "a"), (2, "b"),
    ]  # fmt: skip
    assert all(point["n"] == [3] for point in points)


@pytest.mark.parametrize("sweep", ["lr", "lr=", "=1", "lr= "])
def test_a_sweep_without_values_is_refused(sweep: str) -> None:
    with pytest.raises(click.BadParameter, match="is not of the form NAME=a,b,c"):
        points_of((sweep,), {}, PIPELINE)


def test_a_name_that_is_given_twice_is_refused() -> None:
    for sweeps, fixed in ((("lr=1", "lr=2"), {}), (("lr=1",), {"lr": 2})):
        with pytest.raises(click.BadParameter, match="'lr' is given twice"):
            points_of(sweeps, fixed, PIPELINE)


def test_the_state_of_a_sweep_is_the_worst_of_its_runs() -> None:
    assert state_of(["succeeded", "succeeded"]) == "succeeded"
    assert state_of(["succeeded", "failed", "cancelled"]) == "failed"
    assert state_of(["failed", "accepted"]) == "running"


def test_only_what_differs_between_runs_is_shown() -> None:
    assert varied([{"a": 1, "b": [1]}, {"a": 1, "b": [2], "c": 0}]) == ["b", "c"]
