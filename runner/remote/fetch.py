"""Values that a remote run left on its cluster, brought home when somebody asks for them.

A store that both sides see needs none of this. Otherwise a small job on the cluster (`send.py`)
tells the archive in pieces; what arrives is kept only if its bytes have the digest asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from nbprism.runner import layout
from nbprism.runner.artifacts import shelf
from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing, ClusterRejected
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Jobs
from nbprism.runner.remote.package import code_package
from nbprism.runner.remote.probe import job_environment
from nbprism.runner.remote.telling import PieceLine, understood


def fetch(store: Path, digest: str, cluster: RemoteCluster) -> None:
    """Bring an archive from the cluster into the store.

    Raises:
        ArtifactMissing: the cluster does not have it any more.
        ArtifactCorrupt: other bytes arrived.
        ClusterUnreachable: the cluster does not answer.
    """
    with Jobs(cluster) as jobs, shelf.draft(store) as draft:
        for piece in _pieces(jobs, digest, cluster):
            draft.writer.write(piece)
        if draft.writer.size == 0:
            raise ArtifactMissing(
                f"The cluster at {cluster.url} does not have artifact {digest[:12]} any more. Run "
                "the step that made it again."
            )
        found = draft.keep()
    if found != digest:
        layout.archive(store, found).unlink(missing_ok=True)
        raise ArtifactCorrupt(
            f"Artifact {digest[:12]} came from the cluster with other bytes ({found[:12]}). Try "
            "again; if it happens again, run the step that made it again."
        )


def _pieces(jobs: Jobs, digest: str, cluster: RemoteCluster) -> Iterator[bytes]:
    job = f"nbprism-fetch-{digest[:12]}-{secrets.token_hex(4)}"
    environment = job_environment(cluster, jobs.upload(*code_package()))
    jobs.submit(job, f"python -m nbprism.runner.remote.send {digest}", environment, {})
    for text in jobs.output(job):
        if isinstance(line := understood(text), PieceLine):
            yield line.content
    if (ended := jobs.find(job)) is not None and ended.status == "FAILED":
        raise ClusterRejected(f"The value could not be sent home: {ended.message[-300:]}")
