"""Submitting: what can never fit is refused at once, with the reason and the nearest fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster.capacity import GB, Capacity, local_capacity
from nbprism.runner.errors import ClusterUnknown
from nbprism.runner.launch import check, driver_environment, submit
from nbprism.runner.store import Store

LAPTOP = Capacity(cpus=4.0, gpus=0.0, memory=8 * GB)
WORKSTATION = Capacity(cpus=16.0, gpus=2.0, memory=64 * GB, accelerators=("NVIDIA A100-SXM4",))

FITS = [
    (StepSettings(), LAPTOP),
    (StepSettings(cpus=4.0, memory=8 * GB), LAPTOP),
    (StepSettings(gpus=0.25), WORKSTATION),
    (StepSettings(gpus=2, accelerator_type="A100"), WORKSTATION),
]
MISFITS = [
    (
        StepSettings(gpus=0.25),
        LAPTOP,
        "Step 'boost' asks for 0.25 GPU; this machine has none. "
        "Set gpus to 0 for it or choose a cluster with GPUs.",
    ),
    (
        StepSettings(gpus=3),
        WORKSTATION,
        "Step 'boost' asks for 3 GPUs; this machine has 2. Set gpus to 2 or less for it.",
    ),
    (
        StepSettings(cpus=8.0),
        LAPTOP,
        "Step 'boost' asks for 8 CPUs; this machine has 4. Set cpus to 4 or less for it.",
    ),
    (
        StepSettings(memory=9 * GB),
        LAPTOP,
        "Step 'boost' asks for 9 GB of memory; this machine can give 8 GB. "
        "Set memory to that or less for it.",
    ),
    (
        StepSettings(memory=8 * GB + 1),
        LAPTOP,
        "Step 'boost' asks for 8.1 GB of memory; this machine can give 8 GB. "
        "Set memory to that or less for it.",
    ),
    (
        StepSettings(gpus=1, accelerator_type="H100"),
        WORKSTATION,
        "Step 'boost' asks for a device of type H100; this machine has NVIDIA A100-SXM4. "
        "Remove accelerator_type for it.",
    ),
    (
        StepSettings(resources={"tpu": 1.0}),
        LAPTOP,
        "Step 'boost' asks for 1 of the resource 'tpu'; this machine does not have it.",
    ),
]


@pytest.mark.parametrize(("settings", "capacity"), FITS)
def test_a_step_that_fits_is_accepted(
    settings: StepSettings, capacity: Capacity, make_plan: Any
) -> None:
    plan = make_plan({"boost": ""}, settings={"boost": settings})
    check(plan, capacity=capacity)


@pytest.mark.parametrize(("settings", "capacity", "text"), MISFITS)
def test_a_step_that_can_never_fit_is_refused_with_the_nearest_fit(
    settings: StepSettings, capacity: Capacity, text: str, make_plan: Any
) -> None:
    plan = make_plan({"boost": ""}, settings={"boost": settings})
    with pytest.raises(PlanRejected) as refusal:
        check(plan, capacity=capacity)
    assert str(refusal.value) == text


def test_all_steps_that_do_not_fit_are_named(make_plan: Any) -> None:
    much = StepSettings(cpus=99.0)
    plan = make_plan({"a": "", "b": ""}, settings={"a": much, "b": much})
    with pytest.raises(PlanRejected, match=r"(?s)Step 'a'.*Step 'b'"):
        check(plan, capacity=LAPTOP)


def test_a_refused_plan_leaves_no_run(store: Store, make_plan: Any, tmp_path: Path) -> None:
    plan = make_plan({"a": ""}, settings={"a": StepSettings(cpus=1e6)})
    with pytest.raises(PlanRejected):
        submit(store, plan, notebook_path=tmp_path / "n.ipynb")
    assert store.runs() == []


def test_an_unknown_cluster_is_refused(make_plan: Any) -> None:
    with pytest.raises(ClusterUnknown, match="There is no cluster 'gpu-farm'"):
        check(make_plan({"a": ""}), cluster="gpu-farm", capacity=LAPTOP)


def test_a_driver_finds_what_the_variables_name_from_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBPRISM_CLUSTERS", "ours.toml")
    monkeypatch.delenv("NBPRISM_STATE_DIR", raising=False)
    told = driver_environment()
    assert told["NBPRISM_CLUSTERS"] == str(tmp_path / "ours.toml")
    assert "NBPRISM_STATE_DIR" not in told


def test_this_machine_has_a_cpu_and_some_memory() -> None:
    capacity = local_capacity()
    assert capacity.cpus >= 1
    assert capacity.memory > 0


@pytest.mark.parametrize("module", ["launch", "store", "cluster.local", "driver"])
def test_no_ray_is_imported_to_submit_or_before_a_driver_says_it_is_there(module: str) -> None:
    code = (
        f"import sys, nbprism.runner.{module};"
        "sys.exit('ray' in sys.modules or 'papermill' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
