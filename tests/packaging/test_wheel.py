"""The wheel is all a user needs: build it, install it elsewhere, run the example with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"

pytestmark = pytest.mark.timeout(900)


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run a command and return what it said, its output last; fail with all of it if it failed."""
    finished = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
    return finished.stderr + finished.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an sdist and of the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="session")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that had nothing in it but now has the wheel; its bin folder."""
    folder = tmp_path_factory.mktemp("elsewhere") / "env"
    run(UV, "venv", "--python", sys.executable, folder)
    (wheel,) = built.glob("*.whl")
    packages = ("scikit-learn", "pandas", "matplotlib")
    run(
        UV,
        "pip",
        "install",
        "--compile-bytecode",
        "--python",
        folder / "bin/python",
        wheel,
        *packages,
    )
    return folder / "bin"


def test_the_wheel_holds_the_code_the_labextension_and_the_server_configuration(
    built: Path,
) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    data = "share/jupyter/labextensions/nbprism"
    for module in ("__init__", "cli/__init__", "compiler/plan", "runner/driver", "server_ext/app"):
        assert f"nbprism/{module}.py" in names
    assert "nbprism/py.typed" in names
    assert "nbprism/examples/digits.ipynb" in names
    assert any(name.endswith(f"{data}/package.json") for name in names)
    assert any(name.endswith(f"{data}/install.json") for name in names)
    assert any(name.endswith("jupyter_server_config.d/nbprism.json") for name in names)
    assert not [
        name for name in names if "test_" in name or "tests/" in name or "build_log" in name
    ]


def test_jupyter_sees_both_extensions_without_further_commands(
    environment: Path, tmp_path: Path
) -> None:
    home = str(tmp_path)
    assert "nbprism" in run(environment / "jupyter", "labextension", "list", HOME=home)
    listed = run(environment / "jupyter", "server", "extension", "list", HOME=home)
    assert "nbprism" in listed
    assert "enabled" in listed


def test_the_installed_wheel_runs_the_example(environment: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "digits.ipynb", tmp_path)
    state = {"HOME": str(tmp_path), "NBPRISM_STATE_DIR": str(tmp_path / "state")}
    nbprism = environment / "nbprism"
    try:
        printed = run(nbprism, "run", "digits.ipynb", "--json", cwd=tmp_path, **state)
    finally:
        run(nbprism, "cluster", "down", cwd=tmp_path, **state)
    summary = json.loads(printed.strip().splitlines()[-1])
    assert summary["state"] == "succeeded"
    assert summary["metrics"]["best_accuracy"] > 0.95
    assert Path(tmp_path, summary["notebook"]).exists()
