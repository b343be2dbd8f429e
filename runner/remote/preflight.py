"""Whether a cluster can take a run, asked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.plan import Plan
from nbprism.compiler.settings.environments import MADE_BY_RAY
from nbprism.runner.cluster.capacity import Capacity, misfits
from nbprism.runner.cluster.free import Free
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Jobs, Node

_ACCELERATOR = "accelerator_type:"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a cluster says of itself."""

    ray: str
    """Version of its Ray."""
    nodes: tuple[Node, ...]
    free: Free | None = None
    """What is not reserved just now, where it was asked and the cluster knows."""

    def capacity(self, node: Node) -> Capacity:
        """Return what one node has, in the words the local machine is described in."""
        has = node.resources
        return Capacity(
            cpus=has.get("CPU", 0.0),
            gpus=has.get("GPU", 0.0),
            memory=int(has.get("memory", 0)),
            accelerators=tuple(
                name.removeprefix(_ACCELERATOR) for name in has if name.startswith(_ACCELERATOR)
            ),
            resources=has,
        )

    @property
    def largest(self) -> Capacity | None:
        """What one step can have at most; None if no node is up."""
        nodes = sorted(self.nodes, key=_size, reverse=True)
        return self.capacity(nodes[0]) if nodes else None

    @property
    def total(self) -> Capacity:
        """What all nodes have together."""
        each = [self.capacity(node) for node in self.nodes]
        return Capacity(
            cpus=sum(node.cpus for node in each),
            gpus=sum(node.gpus for node in each),
            memory=sum(node.memory for node in each),
            accelerators=tuple(dict.fromkeys(name for node in each for name in node.accelerators)),
        )


def offer_of(cluster: RemoteCluster, *, brief: bool = False) -> Offer:
    """Return what the cluster has; `brief` where somebody looks on, who also sees what is free.

    Raises:
        ClusterUnreachable: it does not answer, or something else answers.
        ClusterUnauthorized: it does not let us in.
    """
    with Jobs(cluster, brief=brief) as jobs:
        return Offer(jobs.version(), tuple(jobs.nodes()), jobs.free() if brief else None)


def check_remote(plan: Plan, cluster: RemoteCluster) -> None:
    """Return if every step of the plan can be placed on some node of the cluster.

    Where nodes come as they are needed, nobody knows before they came.

    Raises:
        PlanRejected: some can never be; the text says why, and what the best node has.
        ClusterUnreachable: it does not answer, or something else answers.
        ClusterUnauthorized: it does not let us in.
    """
    if found := list(_two_environments(plan, cluster)):
        raise PlanRejected("\n".join(found))
    offer = offer_of(cluster)
    if cluster.autoscales:
        return
    if not offer.nodes:
        raise PlanRejected(f"The cluster at {cluster.url} has no node that is up.")
    if found := misplaced(plan, offer):
        raise PlanRejected("\n".join(found))


def misplaced(plan: Plan, offer: Offer) -> list[str]:
    """Return, for each step that no node can ever take, why and what the largest one has."""
    found = (_misfit(plan, unit.step, offer) for unit in plan.units)
    return [sentence for sentence in found if sentence]


def _two_environments(plan: Plan, cluster: RemoteCluster) -> Iterator[str]:
    """Yield why steps would lose what is installed for all: Ray makes one environment for each."""
    if not cluster.install and not cluster.like_here:
        return
    own = "install" if cluster.install else "like_here"
    for unit in plan.units:
        for name in set(MADE_BY_RAY) - {"pip"}:
            if getattr(unit.settings, name):
                yield (
                    f"Step '{unit.step}' asks for `env.{name}`, and its cluster has `{own}`: Ray "
                    "makes one environment for a step. Use `env.pip`, which adds to it, or take "
                    f"`{own}` from the cluster in your list."
                )


def _misfit(plan: Plan, step: str, offer: Offer) -> str | None:
    """Return why no node can take the step, told of the largest one; None if one can."""
    alone = replace(plan, units=(plan.unit(step),))
    nodes = sorted(offer.nodes, key=_size, reverse=True)
    reasons = [misfits(alone, offer.capacity(node)) for node in nodes]
    if not all(reasons):
        return None
    return reasons[0][0].replace("this machine", "the largest node of the cluster")


def _size(node: Node) -> tuple[float, float, float]:
    has = node.resources
    return has.get("GPU", 0.0), has.get("CPU", 0.0), has.get("memory", 0.0)
