"""Submitting a plan: a run is made in the store, and its driver is started as its own process.

The same door for the command line, the server and the Python API. No Ray is imported here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.plan import Plan
from nbprism.compiler.settings.environments import MADE_BY_RAY
from nbprism.compiler.spelling import did_you_mean, listed
from nbprism.runner.cluster.capacity import Capacity, local_capacity, misfits
from nbprism.runner.cluster.environment import QUIET
from nbprism.runner.errors import LogUnreadable, RunConflict
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.reading import read_acceptance
from nbprism.runner.remote.address import LOCAL, find_cluster
from nbprism.runner.reuse.causes import in_words
from nbprism.runner.reuse.forecast import forecast
from nbprism.runner.standby import hand_over
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.unheard import Unheard

MAX_POINTS: Final = 1000
"""Runs of one sweep."""
ATTENDED: Final = "attended"
"""A file of a run's folder; its time of change says when its relay was last started again."""
PLACES: Final = ("NBPRISM_CLUSTERS", "NBPRISM_STATE_DIR")
"""Variables that hold a path."""
STARTING_S: Final = 10.0
"""How long a relay may take to hold its lock; until then another one would be in vain."""


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
        PlanRejected: a step can never be placed, or the options ask for what cannot be; nothing
            was made.
        RunConflict: the run to be resumed is still going on.
        StoreError: the store cannot be written.
    """
    check(plan, cluster=cluster)
    check_options(plan, store, notebook_path, options)
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


def submit_sweep(
    store: Store,
    plans: Sequence[Plan],
    *,
    notebook_path: Path,
    cluster: str = "local",
    options: RunOptions = USUAL,
    submit_key: str | None = None,
) -> list[RunFolder]:
    """Return a run for each plan, in order; one process that is on its way leads them all.

    They are ordinary runs that have the name of their sweep in common. A `submit_key` that was used
    before gives the runs that it made then.

    Raises:
        PlanRejected: a step can never be placed, or there are too many plans; nothing was made.
        StoreError: the store cannot be written.
    """
    check_size(len(plans))
    for plan in plans:
        check(plan, cluster=cluster)
        check_options(plan, store, notebook_path, options)
    options = replace(options, sweep=_sweep_id(submit_key))
    runs = [
        store.create_run(
            plan,
            notebook_path=notebook_path,
            cluster=cluster,
            options=options,
            submit_key=None if submit_key is None else f"{submit_key} {number}",
        )
        for number, plan in enumerate(plans)
    ]
    # Also of runs that were there already those that never got a driver.
    waiting = [run for run in runs if not run.is_alive() and run.state().seq <= 1]
    if cluster != LOCAL:
        for run in waiting:
            start_driver(run)
    elif waiting:
        _lead_together(waiting)
    return runs


def _lead_together(runs: Sequence[RunFolder]) -> None:
    first = runs[0]
    for run in runs[1:]:
        # What their process says is said once, for all of them.
        with contextlib.suppress(FileExistsError):
            os.link(_touched(first.driver_log_path), run.driver_log_path)
    _start("nbprism.runner.sweep", [str(run.path) for run in runs], first)


def _sweep_id(submit_key: str | None) -> str:
    """Return the sweep's name: of one key the same, whoever comes first."""
    if submit_key is None:
        return new_sweep_id()
    return f"sweep-{hashlib.sha256(submit_key.encode()).hexdigest()[:16]}"


def check_size(runs: int) -> None:
    """Return if a sweep may have so many runs.

    Raises:
        PlanRejected: it may not.
    """
    if runs > MAX_POINTS:
        raise PlanRejected(
            f"A sweep of {runs:,} runs is too large; at most {MAX_POINTS:,} are started at a "
            "time. Give fewer values."
        )


def new_sweep_id() -> str:
    """Return a name for a sweep that no other has: when it was started, and a random part."""
    return f"sweep-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _touched(path: Path) -> Path:
    path.touch()
    return path


def check(plan: Plan, *, cluster: str = "local", capacity: Capacity | None = None) -> None:
    """Return if every step of the plan can be placed on the cluster.

    Raises:
        PlanRejected: some cannot, or there is no such cluster; the text says why and what fits.
    """
    if cluster != LOCAL:
        # Whoever runs on this machine need not wait for a library of HTTP.
        from nbprism.runner.remote.preflight import check_remote

        check_remote(plan, find_cluster(cluster))
        return
    if found := misplaced(plan, capacity or local_capacity()):
        raise PlanRejected("\n".join(found))


def misplaced(plan: Plan, capacity: Capacity) -> list[str]:
    """Return, for each step that this machine can never take, why and what fits."""
    return [*misfits(plan, capacity), *_installs(plan)]


def _installs(plan: Plan) -> list[str]:
    """Return, for each step that wants packages of its own, that it has those of this Python."""
    return [
        f"Step '{unit.step}' asks for `env.{name}`; on this machine steps run in your own Python. "
        f"{_instead(made)}, or choose a cluster."
        for unit in plan.units
        for name in MADE_BY_RAY
        if (made := getattr(unit.settings, name))
    ]


def _instead(made: str | tuple[str, ...]) -> str:
    if isinstance(made, str):
        return "Remove it"
    return f"Install {listed(made)} here and remove it"


def check_options(plan: Plan, store: Store, notebook: Path, options: RunOptions) -> None:
    """Return if a run of the plan can do what it is told to.

    Raises:
        PlanRejected: there is no such step, or what the only one asked for needs is not there.
        RunConflict: the run to be resumed is still going on.
        RunNotFound: it is not there.
    """
    steps = [unit.step for unit in plan.units]
    for asked in (options.from_step, options.only_step):
        if asked is not None and asked not in steps:
            hint = did_you_mean(asked, steps) or f"Steps are {listed(steps)}."
            raise PlanRejected(f"There is no step '{asked}' in {plan.pipeline}. {hint}")
    if options.resumes is not None and _goes_on(earlier := store.run(options.resumes)):
        raise RunConflict(f"Run {earlier.id} cannot be resumed: it is still going on.")
    if options.only_step is not None and (missing := _missing(plan, store, notebook, options)):
        raise PlanRejected(
            f"Only '{options.only_step}' was asked for, but what it needs is not all there. "
            f"{' '.join(missing)} Run the notebook without --only first."
        )


def _goes_on(run: RunFolder) -> bool:
    """Return whether the run is led, and heard: one whose cluster is gone may be taken over."""
    return run.is_alive() and Unheard.of(run.path) is None


def _missing(plan: Plan, store: Store, notebook: Path, options: RunOptions) -> list[str]:
    """Return why each step that the only one needs would have to run."""
    found = forecast(plan, store.root, notebook, options).steps
    return [
        f"Step '{step.step}' would have to run: {in_words(step.causes)}."
        for step in found
        if step.action == "run" and step.step != options.only_step
    ]


def resume(
    run: RunFolder, *, from_step: str | None = None, cluster: str | None = None
) -> RunFolder:
    """Return a new run of the same snapshot that takes over what the other one finished.

    However that one ended: failed, cancelled, or lost with its driver.

    Args:
        run: The run to go on from.
        from_step: A step that runs again with all after it, even if it had succeeded.
        cluster: Where the steps run; default: where it ran.

    Raises:
        RunConflict: it is still going on.
        PlanRejected: a step can no longer be placed, or there is no step `from_step`.
        LogUnreadable: the run is damaged.
    """
    accepted = read_acceptance(run.log_path)
    return submit(
        Store(run.store),
        run.plan(),
        notebook_path=Path(accepted.notebook),
        cluster=cluster or accepted.cluster,
        options=RunOptions(resumes=run.id, from_step=from_step, cache=accepted.cache),
    )


def attend(run: RunFolder) -> None:
    """See to it that a run on another cluster, which goes on by itself, is written down here.

    Its relay may have been killed, or the machine restarted; whoever looks at the run calls this.
    """
    try:
        accepted = read_acceptance(run.log_path)
        if accepted.cluster == LOCAL or run.is_alive() or run.state().ended:
            return
    except LogUnreadable:
        return  # nobody could go on with it
    mark = run.path / ATTENDED
    if time.time() - max(accepted.at, _changed_at(mark)) > STARTING_S:
        # Deleted meanwhile, or not ours to write to: whoever looks at it still sees what is there.
        with contextlib.suppress(OSError):
            mark.touch()
            start_driver(run)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def is_away(run: RunFolder) -> bool:
    """Return whether the run is on a cluster that is only reached over HTTP."""
    return read_acceptance(run.log_path).cluster != LOCAL


def start_driver(run: RunFolder, options: Sequence[str] = ()) -> None:
    """Give a run a driver, or its relay, in a session of its own; it outlives this process."""
    if is_away(run):
        _start("nbprism.runner.remote.relay", [str(run.path)], run)
    elif options or not hand_over(run, os.environ):
        _start("nbprism.runner.driver", [*options, str(run.path)], run)


def _start(module: str, arguments: Sequence[str], run: RunFolder) -> None:
    with run.driver_log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nbprism.runner.turnstile", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=driver_environment(),
            cwd=run.path,
            start_new_session=True,
        )
    # Collected when it ends, so that a long-lived server gathers no zombies.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{run.id}").start()


def driver_environment() -> dict[str, str]:
    """Return our environment with the quiet modules first, for the driver imports Ray.

    Paths in it are those of whoever submits: the driver works in another folder.
    """
    path = [str(QUIET), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    places = {
        name: str(Path(os.environ[name]).absolute()) for name in PLACES if os.environ.get(name)
    }
    return {**os.environ, **places, "PYTHONPATH": os.pathsep.join(path)}
