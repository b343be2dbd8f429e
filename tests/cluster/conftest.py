"""One cluster for the session, in an environment of its own; nothing of it is left."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from heads import Head, answers, end, start

RAY = "ray[default]==2.55.1"
"""Another version than ours: the two sides share nothing but HTTP."""
PACKAGES = (
    "blake3",
    "papermill",
    "ipykernel",
    "cloudpickle",
    "filelock",
    "psutil",
    "platformdirs",
    "numpy",
    "pip",
)
ATTEMPTS = 3


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the cluster's environment; nothing of ours is in it."""
    place = tmp_path_factory.mktemp("cluster") / "env"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, place], check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "--compile-bytecode", "--python", place / "bin" / "python", RAY, *PACKAGES],
        check=True, timeout=600,
    )  # fmt: skip
    return place


@pytest.fixture(scope="session")
def head(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    """Start a head with 2 CPUs and 2 GPUs that exist in name only; take it down in the end."""
    for attempt in range(ATTEMPTS):
        # Short: Ray's sockets are in it, and their paths must not be long.
        folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        found = start(environment, folder, tmp_path_factory.mktemp("store"))
        try:
            if answers(found):
                yield found
                return
        finally:
            end(found.process)
            shutil.rmtree(folder, ignore_errors=True)
        assert attempt < ATTEMPTS - 1, "the head of the test cluster does not start"


@pytest.fixture(autouse=True)
def _authorised(head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", head.token)
