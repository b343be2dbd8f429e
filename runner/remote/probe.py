"""What a cluster says of its own Python and disk, asked by a tiny job (`ground.py`)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nbprism.compiler.spelling import listed
from nbprism.runner.artifacts.bucket import is_bucket
from nbprism.runner.errors import ClusterRejected
from nbprism.runner.remote.address import RemoteCluster, clusters_file
from nbprism.runner.remote.job_store import STORE
from nbprism.runner.remote.jobs import Jobs
from nbprism.runner.remote.package import code_package
from nbprism.runner.remote.telling import GroundLine, understood

GROUND: Final = "python nbprism/runner/remote/ground.py"


def job_environment(
    cluster: RemoteCluster, package: str, more: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the runtime environment of a job whose files are in the package.

    Args:
        cluster: The cluster.
        package: The URI of the package.
        more: Packages to install, besides those that the list of clusters names.
    """
    variables = {"PYTHONUNBUFFERED": "1", **({STORE: cluster.store} if cluster.store else {})}
    install = [*cluster.install, *more]
    pip = {"pip": install} if install else {}
    return {"working_dir": package, "env_vars": variables, **pip}


def probe(cluster: RemoteCluster) -> Mapping[str, Any]:
    """Return what `ground.look` finds where the cluster runs its jobs.

    Raises:
        ClusterRejected: the job could not run; the text says what the cluster said.
        ClusterUnreachable: it does not answer.
    """
    job = f"nbprism-probe-{secrets.token_hex(4)}"
    with Jobs(cluster) as jobs:
        environment = job_environment(cluster, jobs.upload(*code_package()))
        jobs.submit(job, GROUND, environment, {})
        said: list[str] = []
        while True:
            for text in jobs.output(job):
                if isinstance(line := understood(text), GroundLine):
                    return line.found
                said.append(text)
            ended = jobs.find(job)
            if ended is None or ended.ended:
                reason = (ended.message if ended else "") or " ".join(said)
                raise ClusterRejected(f"A job could not run there: {reason[-300:] or 'no reason'}")


def shortcoming(ground: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what keeps jobs from running on this ground, and what to do; None if nothing does."""
    if ground["old"]:
        return (
            f"The cluster's Python is {ground['python']}; nbprism needs 3.11 or newer.",
            "Give the cluster an image with a newer Python.",
        )
    if lacks := ground["lacks"]:
        return (
            f"The cluster's Python at {ground['executable']} lacks {listed(lacks)}.",
            "Have them installed there, or let Ray do it for each run: "
            f"install = {_toml(lacks)} for the cluster in {clusters_file()}.",
        )
    if ground["problem"] and is_bucket(ground["store"]):
        return (
            f"The store cannot be used from {ground['host']}: {ground['problem']}",
            "Credentials belong into the environment of the cluster's nodes.",
        )
    if ground["problem"]:
        return (
            f"The store {ground['store']} cannot be written on {ground['host']}: "
            f"{ground['problem']}.",
            f"Set `store` for the cluster in {clusters_file()} to a folder that jobs may write.",
        )
    return None


def _toml(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
