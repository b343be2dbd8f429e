"""The process that leads the runs of a sweep: `python -m nbprism.runner.sweep RUN_FOLDER...`.

Each run is an ordinary run with a driver of its own; here the drivers are tasks of one process,
which share one connection to the cluster. What runs have in common is computed once, as always: a
run waits for another one that computes the same. The first run is led alone: it shows whether the
others would write over each other's files, and then they take turns (`sweep_files.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from nbprism.compiler.errors import PrismError
from nbprism.runner import logs, tracing
from nbprism.runner.cluster.capacity import local_capacity
from nbprism.runner.cluster.on_ray import EXECUTE_UNIT, LocalRay
from nbprism.runner.cluster.port import Cluster
from nbprism.runner.cluster.shared import SharedCluster
from nbprism.runner.driver import Assemble, Driver
from nbprism.runner.errors import RunConflict
from nbprism.runner.executed import assemble
from nbprism.runner.locks import held
from nbprism.runner.signals import Signals
from nbprism.runner.store import RunFolder
from nbprism.runner.sweep_files import in_the_way, swept

log = logging.getLogger("nbprism.sweep")


def lead(runs: Sequence[RunFolder], cluster: Cluster, assemble: Assemble, *, width: int) -> int:
    """Lead all runs to their end, `width` at a time; return the process's exit status."""
    with contextlib.ExitStack() as locks:
        # From the beginning: a run whose turn has not come yet is not without a driver.
        mine = [run for run in runs if _taken(run, locks)]
        try:
            states = asyncio.run(_lead_all(mine, cluster, assemble, width))
        finally:
            cluster.leave()
    return 0 if all(state == "succeeded" for state in states) else 1


def _taken(run: RunFolder, locks: contextlib.ExitStack) -> bool:
    try:
        locks.enter_context(held(run.lock_path, timeout_s=1))
    except TimeoutError:
        log.info("Run %s is led by another driver", run.id)
        return False
    return run.state().seq <= 1


async def _lead_all(
    runs: Sequence[RunFolder], cluster: Cluster, assemble: Assemble, width: int
) -> list[str]:
    shared, signals, turns = SharedCluster(cluster), Signals(), asyncio.Semaphore(width)

    def cancel_all() -> None:
        for run in runs:
            with contextlib.suppress(RunConflict):
                run.request_cancel()

    async def lead_one(run: RunFolder) -> str:
        async with turns:
            try:
                return (await Driver(run, shared, assemble, signals).lead()).phase
            except (PrismError, OSError):  # a full disk: the run stays without an end
                log.exception("Run %s could not be led on", run.id)
                return "lost"

    signals.listen(cancel_all)
    plans = [run.plan() for run in runs]
    parameters = swept(plans)
    first = [await lead_one(run) for run in runs[:1]]
    if runs and (why := in_the_way(runs[0], plans[0], parameters)):
        log.warning("The points of the sweep take turns: %s", why)
        turns = asyncio.Semaphore(1)
    return [*first, *await asyncio.gather(*map(lead_one, runs[1:]))]


def main() -> int:
    """Lead the runs named on the command line."""
    logs.set_up()
    environ = dict(os.environ)  # before it is the cluster's
    parser = argparse.ArgumentParser(prog="nbprism.runner.sweep", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of the runs")
    parser.add_argument(
        "--execute", default=EXECUTE_UNIT, help="what executes a unit, as module:function"
    )
    arguments = parser.parse_args()
    width = max(1, int(local_capacity().cpus))
    runs = [RunFolder(path) for path in arguments.runs]
    cluster = LocalRay(arguments.execute)
    try:
        return lead(runs, cluster, assemble, width=width)
    finally:
        cluster.disconnect()
        for run in runs:
            tracing.send_apart(run, environ)


if __name__ == "__main__":
    sys.exit(main())
