"""What a run says of values that are damaged, gone or not ours; none of them is unpickled."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

import nbprism
from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import events as ev
from nbprism.runner import layout
from nbprism.runner.artifacts import parcel
from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing
from nbprism.runner.log import LogWriter
from nbprism.runner.store import Store


class _Trap:
    """Says so in a file when it is unpickled."""

    def __init__(self, told: Path) -> None:
        self._told = told

    def __reduce__(self) -> Any:
        return Path.touch, (self._told,)


@pytest.fixture
def trap(tmp_path: Path) -> tuple[bytes, Path]:
    """Give bytes that must not be unpickled, and the file that would tell."""
    told = tmp_path / "unpickled"
    return pickle.dumps(_Trap(told)), told


@pytest.fixture
def run(tmp_path: Path) -> nbprism.Run:
    """Leave a finished run whose step `make` gave `x`, as a driver and a step do."""
    cells = [
        {
            "id": step, "cell_type": "code", "source": source, "outputs": [],
            "execution_count": None, "metadata": {"tags": [f"step:{step}"]},
        }
        for step, source in (("make", "x = [1, 2]"), ("use", "print(x)"))
    ]  # fmt: skip
    form = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    notebook = read_notebook(form, name="made")
    plan = make_plan(notebook, compile_notebook(notebook), {})
    store = Store(tmp_path / ".nbprism")
    folder = store.create_run(plan, notebook_path=tmp_path / "made.ipynb")
    entries = parcel.pack(store.root, "make", {"x": [1, 2]}, {})
    manifest = {"schema": 1, "step": "make", "outputs": entries, "metrics": {}}
    write_manifest(folder.manifest_path("make"), manifest)
    with LogWriter(folder.log_path) as log:
        log.append([
            ev.RunStarted(seq=2, at=1.0, driver_pid=1),
            ev.StepQueued(seq=3, at=1.0, step="make", attempt=1),
            ev.StepStarted(seq=4, at=1.0, step="make", attempt=1, pid=1),
            ev.StepSucceeded(seq=5, at=2.0, step="make", attempt=1, duration_s=1.0),
            ev.StepSkipped(seq=6, at=2.0, step="use", reason="left out"),
            ev.RunSucceeded(seq=7, at=2.0, duration_s=1.0, metrics={}),
        ])  # fmt: skip
    return nbprism.Run(folder)


def write_manifest(place: Path, manifest: dict[str, Any]) -> None:
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(manifest))


def archive_of(run: nbprism.Run) -> Path:
    digest = run["make"].artifacts["x"].entry["archive"]
    return layout.archive(run.folder.store, digest)


def test_a_sound_value_is_loaded(run: nbprism.Run) -> None:
    assert run["make"]["x"] == [1, 2]
    assert run["use"].inputs["x"].load() == [1, 2]


def test_another_file_in_its_place_is_not_unpickled(
    run: nbprism.Run, trap: tuple[bytes, Path]
) -> None:
    place, (bytes_, told) = archive_of(run), trap
    place.unlink()
    place.write_bytes(bytes_)
    for load in (lambda: run["make"]["x"], run["use"].inputs["x"].load):
        with pytest.raises(ArtifactCorrupt, match="damaged after it was written"):
            load()
    assert not told.exists()


def test_a_value_that_is_gone_is_told_with_what_to_do(run: nbprism.Run) -> None:
    archive_of(run).unlink()
    with pytest.raises(ArtifactMissing, match="run that step again"):
        run["make"].artifacts["x"].load()


@pytest.mark.parametrize("digest", ["../../foreign", "{tmp}/foreign", "", "0" * 64, 3])
def test_a_manifest_cannot_point_out_of_the_store(
    run: nbprism.Run, trap: tuple[bytes, Path], tmp_path: Path, digest: Any
) -> None:
    bytes_, told = trap
    (tmp_path / "foreign").write_bytes(bytes_)
    place = run.folder.manifest_path("make")
    manifest = json.loads(place.read_text())
    asked = digest.format(tmp=tmp_path) if isinstance(digest, str) else digest
    manifest["outputs"]["x"]["archive"] = asked
    place.unlink()
    write_manifest(place, manifest)
    with pytest.raises((ArtifactCorrupt, ArtifactMissing)):
        run["make"].artifacts["x"].load()
    assert not told.exists()


def test_a_name_the_step_did_not_give_is_told_with_those_it_gave(run: nbprism.Run) -> None:
    with pytest.raises(ArtifactMissing, match=r"has no 'y'\. It gave: x"):
        run["make"]["y"]
