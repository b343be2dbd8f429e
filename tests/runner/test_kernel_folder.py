"""The folder of a kernel goes with it, or with the next kernel if its owner was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbprism.runner.kernels.folder import FRESH_S, LOCK, PrivateFolder, sweep

OWNER = (
    "import sys, pathlib; from nbprism.runner.kernels.folder import PrivateFolder\n"
    "print(PrivateFolder.make(pathlib.Path(sys.argv[1])).path, flush=True); input()"
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


def test_a_folder_is_its_users_alone_and_is_removed_with_all_in_it(tmp_path: Path) -> None:
    folder = PrivateFolder.make(tmp_path)
    assert folder.path.stat().st_mode & 0o077 == 0
    (folder.path / "iopub").touch()
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_owner_goes_with_the_next_kernel(
    owner: subprocess.Popen[str], tmp_path: Path
) -> None:
    left = folder_of(owner)
    owner.kill()
    owner.wait()
    assert left.exists()
    folder = PrivateFolder.make(tmp_path)
    assert list(tmp_path.iterdir()) == [folder.path]
    folder.remove()


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
