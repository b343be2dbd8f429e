"""Three environments: of Ray's processes, of whoever submitted a run, of a unit's kernel."""

from __future__ import annotations

import os

from nbprism.runner.cluster.environment import QUIET, joining, ray_environment, users_environment
from nbprism.runner.kernels.environment import kernel_environment

USERS = {"HOME": "/h", "PYTHONPATH": "/mine", "RAY_ADDRESS": "theirs:1", "NBPRISM_IDLE_S": "1"}


def test_rays_processes_get_the_quiet_modules_and_none_of_the_users_settings_of_ray() -> None:
    environment = ray_environment(USERS, "secret")
    assert environment["PYTHONPATH"] == os.pathsep.join([str(QUIET), "/mine"])
    assert environment["RAY_AUTH_TOKEN"] == "secret"  # noqa: S105
    assert "RAY_ADDRESS" not in environment
    assert ray_environment(environment)["PYTHONPATH"] == environment["PYTHONPATH"]


def test_a_unit_gets_what_the_user_has_and_nothing_of_our_ray() -> None:
    worker = {**ray_environment({"HOME": "/h", "OLD": "1"}, "secret"), "CUDA_VISIBLE_DEVICES": "1"}
    theirs = users_environment({**USERS, "CUDA_VISIBLE_DEVICES": "0,1", "NEW": "2"})
    kernel = kernel_environment(worker, theirs)
    assert kernel["CUDA_VISIBLE_DEVICES"] == "1"
    assert kernel["PYTHONPATH"] == "/mine"
    assert kernel["NEW"] == "2"
    assert {name for name in kernel if name.startswith("RAY_")} == {"RAY_ADDRESS"}
    assert "NBPRISM_IDLE_S" not in kernel


def test_the_quiet_modules_are_gone_even_if_the_driver_had_them_on_its_path() -> None:
    path = os.pathsep.join([str(QUIET), "/mine"])
    assert users_environment({"PYTHONPATH": path})["PYTHONPATH"] == "/mine"


def test_a_unit_joins_the_cluster_it_runs_on_and_with_no_other_token() -> None:
    worker = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "here", "RAY_RAYLET_PID": "1"}
    unit = {"RAY_AUTH_TOKEN": "of another", "RAY_AUTH_TOKEN_PATH": "/of/another", "MINE": "1"}
    assert joining(worker, "127.0.0.1:7", unit) == {
        "MINE": "1",
        "RAY_ADDRESS": "127.0.0.1:7",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": "here",
    }


def test_a_unit_whose_user_named_a_cluster_is_left_alone() -> None:
    unit = {"RAY_ADDRESS": "theirs:1", "RAY_AUTH_TOKEN": "theirs"}
    assert joining({"RAY_AUTH_TOKEN": "here"}, "127.0.0.1:7", unit) == unit
