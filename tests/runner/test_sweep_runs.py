"""Runs that one process leads: their ends, what they share, and how they are cancelled."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from computing import StepOf, Workshop, plan_of
from test_driver import BAD, BEGAN, GOOD, _when, assemble

from nbprism.runner.cluster.fake import HANG, FakeCluster
from nbprism.runner.cluster.port import Joined, Report
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.events import StepEvent
from nbprism.runner.options import RunOptions
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.sweep import lead
from nbprism.runner.sweep_files import in_the_way, swept
from nbprism.runner.unit.attempt import UnitSpec

Accept = Callable[..., list[RunFolder]]


class Counting(FakeCluster):
    """A cluster that counts how often it is joined and how many runs are on it at a time."""

    def __init__(self, script: Callable[[UnitSpec], list[Report]], **options: Any) -> None:
        super().__init__(self._execute_unit, **options)
        self._script = script
        self.joins = 0
        self.ran: list[str] = []

    async def join(self) -> Joined:
        self.joins += 1
        return await super().join()

    def _execute_unit(self, spec: UnitSpec) -> Iterator[list[Report]]:
        self.ran.append(spec.run)
        yield from ([report] for report in self._script(spec))


@pytest.fixture
def accept(store: Store, make_plan: Any, tmp_path: Path) -> Accept:
    """Accept runs of one sweep, none of which may take anything from another."""

    def accept(count: int) -> list[RunFolder]:
        options = RunOptions(sweep="sweep-1", cache=False)
        return [
            store.create_run(
                make_plan({"load": "", "train": "load"}),
                notebook_path=tmp_path / "digits.ipynb",
                options=options,
            )
            for _ in range(count)
        ]

    return accept


def good(_: UnitSpec) -> list[Report]:
    return [BEGAN, GOOD]


def states(runs: list[RunFolder]) -> list[str]:
    return [run.summary()["state"] for run in runs]


def test_one_process_leads_all_runs_over_one_connection(accept: Accept) -> None:
    runs, cluster = accept(4), Counting(good)
    assert lead(runs, cluster, assemble, width=2) == 0
    assert states(runs) == ["succeeded"] * 4
    assert (cluster.joins, cluster.left) == (1, True)
    assert {run.summary()["sweep"] for run in runs} == {"sweep-1"}


def test_runs_take_their_turn(accept: Accept) -> None:
    runs, cluster = accept(3), Counting(good)
    lead(runs, cluster, assemble, width=1)
    assert cluster.ran == [run.id for run in runs for _ in range(2)]


def test_a_run_that_fails_leaves_the_others_alone(accept: Accept) -> None:
    runs = accept(3)
    cluster = Counting(lambda spec: [BEGAN, BAD if spec.run == runs[1].id else GOOD])
    assert lead(runs, cluster, assemble, width=3) == 1
    assert states(runs) == ["succeeded", "failed", "succeeded"]


def test_a_signal_cancels_all_runs_also_those_whose_turn_has_not_come(accept: Accept) -> None:
    runs, cluster = accept(3), Counting(lambda spec: [BEGAN, HANG])

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    # The first run is led alone. Before it has begun nobody hears the signal but pytest.
    sender = threading.Thread(target=_when, args=(runs[0], "step-started", interrupt))
    sender.start()
    assert lead(runs, cluster, assemble, width=2) == 1
    sender.join()
    assert states(runs) == ["cancelled"] * 3
    started = [e for e in runs[2].events() if isinstance(e, StepEvent) and e.kind == "step-started"]
    assert started == []


def test_one_run_of_a_sweep_can_be_cancelled(accept: Accept) -> None:
    runs = accept(2)
    runs[0].cancel_path.touch()
    lead(runs, Counting(good), assemble, width=2)
    assert states(runs) == ["cancelled", "succeeded"]


def test_without_a_cluster_every_run_says_so(accept: Accept) -> None:
    runs = accept(2)
    cluster = Counting(good, refuses=ClusterUnreachable("There is no Ray."))
    assert lead(runs, cluster, assemble, width=2) == 1
    assert [run.summary()["error"]["code"] for run in runs] == ["cluster-unreachable"] * 2


def test_a_run_whose_turn_has_not_come_is_not_lost(accept: Accept) -> None:
    runs = accept(2)
    seen = []
    cluster = Counting(lambda spec: [seen.append(runs[1].is_alive()) or BEGAN, GOOD])
    lead(runs, cluster, assemble, width=1)
    assert seen[0] is True


def of_values(store: Store, tmp_path: Path, steps: Any, values: list[Any]) -> list[RunFolder]:
    """Accept a point for each value of `lr`, in one folder."""
    return [
        store.create_run(
            plan_of(steps(value)),
            notebook_path=tmp_path / "made.ipynb",
            options=RunOptions(sweep="sweep-1"),
        )
        for value in values
    ]


class AtOnce(FakeCluster):
    """A cluster that sees how many units run at the same time.

    After the first run, which is led alone, a unit of `train` waits until so many are there.
    """

    def __init__(self, workshop: Workshop, steps: Any, *, until: int, within_s: float) -> None:
        super().__init__(self._execute)
        self._workshop, self._steps = workshop, steps
        self._until, self._within_s = until, within_s
        self._now: set[str] = set()
        self.most = 0

    def _execute(self, spec: UnitSpec) -> Iterator[list[Report]]:
        lr = json.loads((Path(spec.store) / "runs" / spec.run / "plan.json").read_bytes())
        waits = spec.step == "train" and self.most > 0
        self._now.add(spec.run)
        self.most = max(self.most, len(self._now))
        deadline = time.monotonic() + self._within_s
        while waits and self.most < self._until and time.monotonic() < deadline:
            time.sleep(0.001)
            yield []
        yield from self._workshop.execute(spec, self._steps(lr["parameters"]["lr"]))
        self._now.discard(spec.run)


def sweep(
    tmp_path: Path, writes: Callable[[Any], str], *, until: int = 2, within_s: float = 0.2
) -> tuple[AtOnce, list[RunFolder]]:
    def steps(lr: Any) -> dict[str, StepOf]:
        def write(_inputs: Any, folder: Path) -> int:
            (folder / writes(lr)).write_text(f"made with {lr}")
            return 0

        def read(_inputs: Any, folder: Path) -> str:
            return (folder / writes(lr)).read_text()

        return {
            "train": StepOf(compute=write, writes=(writes(lr),), parameters={"lr": lr}),
            "use": StepOf(needs="train", compute=read, reads=(writes(lr),), parameters={"lr": lr}),
        }

    workshop = Workshop(tmp_path)
    runs = of_values(workshop.store, tmp_path, steps, [1, 2, 3, 4])
    cluster = AtOnce(workshop, steps, until=until, within_s=within_s)
    lead(runs, cluster, assemble, width=4)
    assert states(runs) == ["succeeded"] * 4
    assert [workshop.value(run, "use") for run in runs] == [f"made with {n}" for n in (1, 2, 3, 4)]
    return cluster, runs


def test_points_that_write_one_file_take_turns_and_each_reads_its_own(tmp_path: Path) -> None:
    cluster, _ = sweep(tmp_path, lambda _lr: "model.txt")
    assert cluster.most == 1


def test_points_that_write_files_of_their_own_run_at_the_same_time(tmp_path: Path) -> None:
    cluster, _ = sweep(tmp_path, lambda lr: f"model-{lr}.txt", until=3, within_s=60)
    assert cluster.most == 3


def test_a_point_is_in_the_way_of_others_by_what_it_wrote(tmp_path: Path) -> None:
    _, runs = sweep(tmp_path, lambda _lr: "model.txt")
    plans = [run.plan() for run in runs]
    assert swept(plans) == {"lr"}
    assert in_the_way(runs[0], plans[0], swept(plans)) == (
        "step 'train' writes model.txt at every point"
    )
    assert in_the_way(runs[0], plans[0], frozenset()) is None
    runs[0].manifest_path("train").unlink()
    assert "did not run" in str(in_the_way(runs[0], plans[0], swept(plans)))
