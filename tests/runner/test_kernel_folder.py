"""The folder of a kernel goes with it, or with the next kernel if its owner was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbprism.runner.kernels.folder import FRESH_S, LOCK, private_folder, sweep

OWNER = (
    "import sys, pathlib; from nbprism.runner.kernels.folder import private_folder\n"
    "with private_folder(pathlib.Path(sys.argv[1])) as path: print(path, flush=True); input()"
)


def make_old(path: Path) -> None:
    os.utime(path, (0, time.time() - FRESH_S - 1))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def folder_of(owner: subprocess.Popen[str]) -> Path:
    assert owner.stdout is not None
    path = Path(owner.stdout.readline().strip())
    make_old(path)
    return path


def test_a_folder_is_its_users_alone_and_goes_with_the_block(tmp_path: Path) -> None:
    with private_folder(tmp_path) as path:
        assert path.stat().st_mode & 0o077 == 0
        (path / "iopub").touch()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_owner_goes_with_the_next_kernel(
    owner: subprocess.Popen[str], tmp_path: Path
) -> None:
    left = folder_of(owner)
    owner.kill()
    owner.wait()
    assert left.exists()
    with private_folder(tmp_path) as path:
        assert list(tmp_path.iterdir()) == [path]


def test_the_folder_of_a_living_owner_stays_however_old_it_is(
    owner: subprocess.Popen[str], tmp_path: Path
) -> None:
    left = folder_of(owner)
    sweep(tmp_path)
    assert left.exists()


@pytest.mark.parametrize("name", ["nbp-not-ours", "other", "nbp-fresh"])
def test_what_may_be_somebody_elses_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir()
    if name != "nbp-not-ours":
        (path / LOCK).touch()
    if name != "nbp-fresh":
        make_old(path)
    sweep(tmp_path)
    assert path.exists()
