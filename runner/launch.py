"""Submitting a plan: a run is made in the store, and its driver is started as its own process.

The same door for the command line, the server and the Python API. No Ray is imported here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.plan import Plan
from nbprism.runner.cluster.capacity import Capacity, local_capacity, misfits
from nbprism.runner.cluster.environment import QUIET
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.standby import hand_over
from nbprism.runner.store import RunFolder, Store


def submit(
    store: Store,
    plan: Plan,
    *,
    notebook_path: Path,
    cluster: str = "local",
    options: RunOptions = USUAL,
    submit_key: str | None = None,
) -> RunFolder:
    """Return a run of the plan whose driver is on its way.

    The run goes on whatever happens to this process. A `submit_key` that was used before gives
    the run that it made then, and starts nothing twice.

    Raises:
        PlanRejected: a step can never be placed; nothing was made.
        StoreError: the store cannot be written.
    """
    check(plan, cluster=cluster)
    run = store.create_run(
        plan,
        notebook_path=notebook_path,
        cluster=cluster,
        options=options,
        submit_key=submit_key,
    )
    # Also for a run that was there already: a submit that died here left it without a driver. A
    # driver that is not needed ends at once.
    if not run.is_alive() and run.state().seq <= 1:
        start_driver(run)
    return run


def check(plan: Plan, *, cluster: str = "local", capacity: Capacity | None = None) -> None:
    """Return if every step of the plan can be placed on the cluster.

    Raises:
        PlanRejected: some cannot, or there is no such cluster; the text says why and what fits.
    """
    if cluster != "local":
        raise PlanRejected(f"The cluster '{cluster}' is not known. Only 'local' is there so far.")
    if found := misfits(plan, capacity or local_capacity()):
        raise PlanRejected("\n".join(found))


def start_driver(run: RunFolder, options: Sequence[str] = ()) -> None:
    """Give a run a driver, in a session of its own; it outlives this process."""
    if not options and hand_over(run, os.environ):
        return
    with run.driver_log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nbprism.runner.driver", *options, str(run.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_driver_environment(),
            cwd=run.path,
            start_new_session=True,
        )
    # Collected when it ends, so that a long-lived server gathers no zombies.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{run.id}").start()


def _driver_environment() -> dict[str, str]:
    """Return our environment with the quiet modules first, for the driver imports Ray."""
    path = [str(QUIET), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
