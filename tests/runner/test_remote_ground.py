"""What a job looks at before it imports anything of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbprism.runner.remote import ground
from nbprism.runner.remote.job_store import job_store
from nbprism.runner.remote.telling import GroundLine, understood


def test_it_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    file = Path(ground.__file__).resolve()
    done = subprocess.run(
        [sys.executable, "-I", "-S", file], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    line = understood(done.stdout.strip())
    assert isinstance(line, GroundLine)
    assert set(ground.NEEDED) == set(line.found["lacks"])


def test_what_is_installed_is_not_lacking() -> None:
    assert ground.look(["json", "nowhere_to_be_found"])["lacks"] == ["nowhere_to_be_found"]


def test_it_looks_at_the_store_that_jobs_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ground.STORE, str(tmp_path / "store"))
    found = ground.look()
    assert (found["store"], found["problem"]) == (str(job_store()), None)
    (tmp_path / "file").touch()
    monkeypatch.setenv(ground.STORE, str(tmp_path / "file" / "store"))
    assert ground.look()["problem"] == "Not a directory"


def test_a_job_with_something_missing_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(ground.STORE, str(tmp_path / "file" / "store"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.setattr(sys, "argv", ["ground.py", "run"])
    assert ground.main() == 1
    assert isinstance(understood(capsys.readouterr().out.strip()), GroundLine)
