"""What Ray is told to make for a step, and what it could not make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbprism.compiler import Plan, PlanRejected
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster.made_by_ray import runtime_environment
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.ground import NEEDED
from nbprism.runner.remote.preflight import check_remote

INSTALLED = {"pip": {"packages": ["papermill"], "pip_check": False}}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (StepSettings(), None),
        (StepSettings(pip=("a", "b")), {"pip": ["papermill", "a", "b"]}),
        (StepSettings(uv=("a",)), {"uv": ["a"]}),
        (StepSettings(conda="torch"), {"conda": "torch"}),
        (
            StepSettings(conda=("pytorch=2.8",)),
            {"conda": {"dependencies": ["pytorch=2.8", "pip", {"pip": list(NEEDED)}]}},
        ),
        (StepSettings(image="host/ray:2"), {"image_uri": "host/ray:2"}),
    ],
)
def test_ray_is_told_what_the_step_asks_for(
    settings: StepSettings, told: dict[str, Any] | None
) -> None:
    assert runtime_environment(settings, INSTALLED) == told


@pytest.mark.parametrize(
    "settings", [StepSettings(uv=("a",)), StepSettings(conda="a"), StepSettings(image="a")]
)
def test_what_would_take_the_place_of_what_is_installed_for_all_is_refused(
    settings: StepSettings, make_plan: Callable[..., Plan]
) -> None:
    plan = make_plan({"load": ""}, settings={"load": settings})
    cluster = RemoteCluster("http://127.0.0.1:9", install=("papermill",))
    with pytest.raises(PlanRejected, match="one environment for a step"):
        check_remote(plan, cluster)
