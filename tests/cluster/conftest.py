"""A cluster for the session, in an environment of its own; nothing of it is left."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from heads import Head, running
from storage import S3, serve

RAY = "ray[default,data,train,tune]==2.55.1"
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
    "obstore",
)
BUCKETS = ("moto[s3]>=5", "flask", "flask-cors")
"""An S3 server of its own; not the cluster's business, but it needs an environment as well."""
OTHERS = ("3.12", "3.13")
"""Pythons that the cluster may have, if one of them that is not ours is installed here."""


@pytest.fixture(scope="session")
def another_python() -> Path | None:
    """Find another Python than ours; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in OTHERS:
        found = shutil.which(f"python{version}")
        for place in [
            *([Path(found)] if found else []),
            *pyenv.glob(f"versions/{version}.*/bin/python"),
        ]:
            tried = subprocess.run(
                [place, "-c", "import sys, ssl"], check=False, capture_output=True
            )
            if tried.returncode == 0 and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
                return place
    return None


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, another_python: Path | None) -> Path:
    """Make the cluster's environment, of another Python if there is one; nothing of ours is in it."""
    place = tmp_path_factory.mktemp("cluster") / "env"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "venv", "-q", "--python", another_python or sys.executable, place], check=True
    )
    subprocess.run(
        [uv, "pip", "install", "-q", "--compile-bytecode", "--python", place / "bin" / "python", RAY, *PACKAGES, *BUCKETS],
        check=True, timeout=600,
    )  # fmt: skip
    return place


@pytest.fixture(scope="session")
def s3(environment: Path) -> Iterator[S3]:
    """Start an S3 server on loopback, with a bucket."""
    found = serve(environment)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait(10)


@pytest.fixture(scope="session")
def heads(
    environment: Path, s3: S3, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Head]]:
    """Give the head of the session, or a new one: Ray may end on a machine that is busy enough."""
    with contextlib.ExitStack() as started:
        found: list[Head] = []

        def living() -> Head:
            if not found or found[-1].process.poll() is not None:
                store = tmp_path_factory.mktemp("store")
                found.append(started.enter_context(running(environment, store, s3.credentials)))
            return found[-1]

        yield living


@pytest.fixture
def head(heads: Callable[[], Head]) -> Head:
    """Give a head with 2 CPUs and 2 GPUs that exist in name only."""
    return heads()


@pytest.fixture(autouse=True)
def _authorised(head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", head.token)
