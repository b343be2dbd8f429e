"""What the driver in a job does when a node takes files with it; real nodes: `tests/cluster`."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import layout
from nbprism.runner.cluster.away import LOST, store_on_node
from nbprism.runner.cluster.on_cluster import LOSSES, JobRay
from nbprism.runner.cluster.port import Report, UnitGone
from nbprism.runner.driver import DAMAGED
from nbprism.runner.flow.rules import Rules, StepRules
from nbprism.runner.unit.spec import UnitSpec

DONE: Report = {"kind": "unit-succeeded"}


class Losing(JobRay):
    """A cluster on which the first tries find their file lost."""

    def __init__(self, store: Path, losses: int) -> None:
        super().__init__(store, Rules())
        self._copies = {"artifacts/x": "gone"}
        self._losses = losses
        self.found: list[bool] = []

    async def _try(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        self.found.append("artifacts/x" in self._copies)
        self._copies["artifacts/x"] = "sent"
        lost = len(self.found) <= self._losses
        yield [{"kind": LOST, "files": ["artifacts/x"]}] if lost else [DONE]


def run(cluster: JobRay) -> list[list[Report]]:
    spec = UnitSpec(store="s", run="r", step="use", attempt=1, notebook={}, cwd=".")

    async def reports() -> list[list[Report]]:
        return [batch async for batch in cluster.execute(spec, StepSettings())]

    return asyncio.run(reports())


def test_what_went_with_a_node_is_sent_again_from_the_drivers_copy(tmp_path: Path) -> None:
    cluster = Losing(tmp_path, losses=1)
    assert run(cluster) == [[DONE]]
    assert cluster.found == [True, False]


def test_a_unit_whose_files_are_lost_again_and_again_ends(tmp_path: Path) -> None:
    cluster = Losing(tmp_path, losses=LOSSES)
    with pytest.raises(UnitGone) as gone:
        run(cluster)
    assert gone.value.failure.code == "node-lost"
    assert "artifacts/x" in gone.value.failure.evalue


def test_what_is_no_longer_kept_is_told_so_that_it_is_made_again(
    tmp_path: Path,
) -> None:
    manifest = layout.manifest(layout.run_folder(tmp_path, "r"), "make")
    manifest.parent.mkdir(parents=True)
    entry = {"archive": "ab" * 32, "slot": 0, "group": "0"}
    manifest.write_text(json.dumps({"outputs": {"x": entry}}))
    spec = UnitSpec(
        store=str(tmp_path), run="r", step="use", attempt=1, notebook={}, cwd=".", sources=("make",)
    )
    cluster = JobRay(tmp_path, Rules(make=StepRules(), use=StepRules(needs=("make",))))
    cluster._copies["runs/r/outputs/make.json"] = "sent"

    async def reports() -> list[list[Report]]:
        return [batch async for batch in cluster.execute(spec, StepSettings())]

    [[report]] = asyncio.run(reports())
    assert (report["kind"], report["error"]["code"]) == ("unit-crashed", "artifact-missing")
    assert report["error"]["code"] in DAMAGED  # so the driver has the steps that made it run again


def test_a_container_that_cannot_have_the_drivers_store_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert store_on_node(tmp_path / "srv" / "store") == tmp_path / "srv" / "store"
    taken = tmp_path / "file"
    taken.touch()
    own = store_on_node(taken / "store")
    assert own.parent == tmp_path
    assert own.is_dir()
