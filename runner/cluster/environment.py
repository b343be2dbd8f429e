"""The environment variables of Ray's processes, and of the units inside them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

QUIET: Final = Path(__file__).with_name("quiet")
"""A folder of modules that must not be imported by Ray's processes; first on their path."""

OURS: Final[Mapping[str, str]] = {
    # Ray's own switch for laptops: every address is 127.0.0.1, and its servers listen there only.
    # Without it Ray turns 127.0.0.1 into the machine's outer address, and listens on all of them.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_enable_worker_prestart": "1",
    # With 0 GPUs asked for, hide them all from the unit instead of showing them all.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
    # What every unit needs is imported while a worker waits for its first one.
    "RAY_preload_python_modules": ",".join(
        ["nbprism.runner.cluster.on_ray", "nbprism.runner.unit.attempt", "papermill"]
    ),
    # Workers that have imported Ray already wait for the next run instead of ending after 1 s.
    "RAY_idle_worker_killing_time_threshold_ms": "600000",
    # A step is as urgent as a cell somebody runs by hand; Ray's 15 starves it on a busy machine.
    "RAY_worker_niceness": "0",
}

OF_THE_CLUSTER: Final = (
    "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER",
    "RAY_USAGE_STATS_ENABLED",
)  # fmt: skip
"""What somebody needs to join the cluster that a worker belongs to, besides its address."""

_NOT_PASSED_ON: Final = frozenset({"CUDA_VISIBLE_DEVICES", "PYTHONPATH"})


def ray_environment(inherited: Mapping[str, str], token: str | None = None) -> dict[str, str]:
    """Return the environment for a process that imports Ray."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("RAY_")}
    path = [str(QUIET), *_folders(kept.get("PYTHONPATH", ""))]
    kept["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(path))
    if token is not None:
        kept["RAY_AUTH_TOKEN"] = token
    return {**kept, **OURS}


def users_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what units take over from whoever submitted the run.

    The cluster is older than the run, so its own environment may be out of date. Which devices a
    unit sees is the cluster's to say. To be called before our own settings of Ray are in place.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in _NOT_PASSED_ON and not name.startswith("NBPRISM_")
    }
    kept["PYTHONPATH"] = os.pathsep.join(_folders(inherited.get("PYTHONPATH", "")))
    return kept


def joining(worker: Mapping[str, str], address: str, unit: Mapping[str, str]) -> dict[str, str]:
    """Return a unit's variables with those by which `ray.init()` in it joins its own cluster.

    Whoever set RAY_ADDRESS for the unit means another cluster, and is left alone. If not, a token
    of theirs is for another one, too.
    """
    if "RAY_ADDRESS" in unit:
        return dict(unit)
    here = {name: worker[name] for name in OF_THE_CLUSTER if name in worker}
    theirs = {name: text for name, text in unit.items() if name not in OF_THE_CLUSTER}
    return {**theirs, **here, "RAY_ADDRESS": address}


def _folders(path: str) -> list[str]:
    return [part for part in path.split(os.pathsep) if part and Path(part) != QUIET]
