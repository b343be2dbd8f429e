"""What `nbprism doctor --cluster` looks at: the way there, the nodes, the ground of a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nbprism.compiler.errors import PrismError
from nbprism.runner.artifacts.bucket import Bucket, is_bucket
from nbprism.runner.errors import ClusterError, ClusterUnauthorized, StoreError
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Node
from nbprism.runner.remote.preflight import Offer, offer_of
from nbprism.runner.remote.probe import probe, shortcoming

ENOUGH_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    what: str
    hint: str = ""


def findings_of(cluster: RemoteCluster) -> Iterator[Finding]:
    """Yield what is found of the cluster, one after the other, until something is in the way."""
    try:
        offer = offer_of(cluster)
    except ClusterUnauthorized as error:
        yield _in_the_way(f"{cluster.url} answers, and refuses us", error)
        return
    except ClusterError as error:
        yield _in_the_way(f"{cluster.url} cannot be used", error)
        return
    yield Finding(True, f"{cluster.url} answers and lets us in: Ray {offer.ray}")
    yield _nodes(offer)
    if offer.nodes:
        yield from _ground(cluster)


def _in_the_way(what: str, error: PrismError) -> Finding:
    return Finding(False, what, str(error))


def _nodes(offer: Offer) -> Finding:
    said = "; ".join(_has(node) for node in offer.nodes)
    return Finding(
        bool(offer.nodes),
        f"{len(offer.nodes)} node{'s' * (len(offer.nodes) != 1)} up: {said or 'nothing can run'}",
        "Look at the cluster's dashboard: its head is up, its workers are not.",
    )


def _has(node: Node) -> str:
    has = node.resources
    gpus = f", {has['GPU']:g} GPUs" if has.get("GPU") else ""
    return f"{has.get('CPU', 0):g} CPUs{gpus}, {has.get('memory', 0) / 1e9:.1f} GB of memory"


def _ground(cluster: RemoteCluster) -> Iterator[Finding]:
    try:
        ground = probe(cluster)
    except ClusterError as error:
        hint = f"{error} A worker image without `pip` cannot `install`."
        yield Finding(
            False, "A small job does not run there", hint if cluster.install else str(error)
        )
        return
    yield Finding(True, f"A job runs there with Python {ground['python']} on {ground['host']}")
    if problem := shortcoming(ground):
        yield Finding(False, *problem)
        return
    versions = ground["versions"]
    yield Finding(True, f"papermill {versions['papermill']}, ipykernel {versions['ipykernel']}")
    if is_bucket(ground["store"]):
        yield Finding(True, f"The store {ground['store']} can be written from there")
        yield _from_here(str(cluster.store))
        return
    free = ground["free_bytes"]
    yield Finding(
        free > ENOUGH_BYTES,
        f"The store {ground['store']} can be written: {free / 1e9:.0f} GB free",
        "Make room there, or set `store` for the cluster to a folder with more.",
    )


def _from_here(bucket: str) -> Finding:
    try:
        Bucket(bucket).try_out()
    except StoreError as error:
        return Finding(False, "Values cannot be fetched to this machine", str(error))
    return Finding(True, "and from here")
