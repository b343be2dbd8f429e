"""Values that a remote run left on its cluster, brought home when somebody asks for them.

From the bucket or the folder that both sides see, if the cluster's `store` is one. Otherwise a
small job on the cluster (`send.py`) tells the archive in pieces. What arrives is kept only if its
bytes have the digest asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbprism.runner import layout
from nbprism.runner.artifacts import shelf
from nbprism.runner.artifacts.bucket import PIECE, Bucket, is_bucket
from nbprism.runner.errors import ClusterRejected, ClusterUnreachable
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Jobs
from nbprism.runner.remote.package import code_package
from nbprism.runner.remote.probe import job_environment
from nbprism.runner.remote.telling import PieceLine, WholeLine, understood

LISTENS: Final = 3
"""How often a value is listened to from its beginning: the line may end at any time."""


def fetch(store: Path, digest: str, cluster: RemoteCluster) -> None:
    """Bring an archive from the cluster into the store.

    Raises:
        ArtifactMissing: the cluster does not have it any more.
        ArtifactCorrupt: other bytes arrived.
        ClusterUnreachable: the cluster does not answer.
        StoreError: the bucket of the cluster cannot be used from here.
    """
    if cluster.store is not None and is_bucket(cluster.store):
        Bucket(cluster.store).fetch(store, digest)
        return
    if (
        cluster.store is not None
        and (there := layout.archive(Path(cluster.store), digest)).exists()
    ):
        shelf.take_in(store, digest, _read(there), source=f"the store {cluster.store}")
        return
    with Jobs(cluster) as jobs:
        pieces = told_pieces(jobs, digest, cluster)
        shelf.take_in(store, digest, pieces, source=f"the cluster at {cluster.url}")


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def told_pieces(jobs: Jobs, digest: str, cluster: RemoteCluster) -> Iterator[bytes]:
    """Yield an archive as a job on the cluster tells it; nothing, if the cluster has it no more.

    Raises:
        ClusterRejected: the job could not run.
        ClusterUnreachable: the line to it ended too early, again and again.
    """
    job = f"nbprism-fetch-{digest[:12]}-{secrets.token_hex(4)}"
    environment = job_environment(cluster, jobs.upload(*code_package()))
    jobs.submit(job, f"python -m nbprism.runner.remote.send {digest}", environment, {})
    heard = 0
    for _ in range(LISTENS):
        for at, line in enumerate(_lines(jobs, job)):
            if isinstance(line, WholeLine):
                return
            if at == heard:
                heard += 1
                yield line.content
        if (ended := jobs.find(job)) is not None and ended.status == "FAILED":
            raise ClusterRejected(f"The value could not be sent home: {ended.message[-300:]}")
    raise ClusterUnreachable(
        f"The line to the cluster at {cluster.url} ended before value {digest[:12]} had come, "
        f"{LISTENS} times. Ask again."
    )


def _lines(jobs: Jobs, job: str) -> Iterator[PieceLine | WholeLine]:
    for text in jobs.output(job):
        if isinstance(line := understood(text), PieceLine | WholeLine):
            yield line
