"""What travels to a cluster."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from nbprism.compiler import PlanRejected
from nbprism.runner import layout
from nbprism.runner.artifacts import parcel, shelf
from nbprism.runner.errors import ArtifactCorrupt
from nbprism.runner.remote import package
from nbprism.runner.remote.given import put_given


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "store" / "runs" / "R"
    folder.mkdir(parents=True)
    for name in ("plan.json", "events.jsonl", "driver.lock", "driver.log"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    for name in (
        "helpers.py", "data/train.csv", "big/model.bin", "notes.txt", ".env", "a.ipynb",
        ".git/config", "__pycache__/x.pyc", "venv/pyvenv.cfg", "venv/lib/x.py",
    ):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / ".gitignore").write_text("big/\n")
    (folder / ".nbprismignore").write_text("*.txt\n")
    return folder


def names(content: bytes) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(content)).namelist())


def test_the_folder_travels_as_far_as_git_would_take_it(run: Path, folder: Path) -> None:
    _, content = package.pack(run, folder)
    users = {name for name in names(content) if not name.startswith("nbprism")}
    assert users == {"helpers.py", "data/train.csv"}


def given(run: Path, **values: Any) -> list[str]:
    """Give a run values of a kernel, and return the archives they are in."""
    entries = parcel.pack(layout.store_of(run), "kernel", values, {})
    place = layout.manifest(run, "kernel")
    place.parent.mkdir()
    place.write_text(json.dumps({"schema": 1, "step": "kernel", "outputs": entries}))
    return [entry["archive"] for entry in entries.values()]


def test_values_of_a_kernel_travel_and_are_checked_where_they_arrive(
    run: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = given(run, x=list(range(100)), y="text")
    _, content = package.pack(run, folder)
    there = tmp_path / "there"
    zipfile.ZipFile(io.BytesIO(content)).extractall(there / "job")
    monkeypatch.chdir(there / "job")
    put_given(there / "store")
    put_given(there / "store")  # a job may be started again
    assert [shelf.take(there / "store", digest) for digest in (x, y)] == [
        [list(range(100))],
        ["text"],
    ]
    layout.archive(there / "store", x).write_bytes(b"damaged")
    with pytest.raises(ArtifactCorrupt):
        shelf.take(there / "store", x)


def test_values_that_are_too_large_to_travel_are_refused(
    run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(run, x="x" * 5000)
    monkeypatch.setattr("nbprism.runner.remote.given.LIMIT_BYTES", 1000)
    with pytest.raises(PlanRejected, match="Let the cell load the large part itself"):
        package.pack(run, folder)


def test_the_run_and_nbprism_itself_travel_without_what_belongs_here(
    run: Path, folder: Path
) -> None:
    found = names(package.pack(run, folder)[1])
    of_run = {name for name in found if name.startswith("nbprism-run/")}
    assert of_run == {"nbprism-run/plan.json", "nbprism-run/events.jsonl"}
    assert "nbprism/runner/driver.py" in found
    assert not [name for name in found if "labextension" in name or "server_ext" in name]


def test_the_same_content_gives_the_same_package(run: Path, folder: Path) -> None:
    first = package.pack(run, folder)
    (folder / "helpers.py").touch()
    assert package.pack(run, folder) == first
    (folder / "helpers.py").write_text("changed")
    assert package.pack(run, folder)[0] != first[0]


def test_too_much_is_refused_and_the_largest_are_named(
    run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "LIMIT_BYTES", 20)
    (folder / "data" / "train.csv").write_bytes(b"x" * 30)
    with pytest.raises(PlanRejected, match=r"largest: data/train.csv .*\.nbprismignore"):
        package.pack(run, folder)
