"""What clusters have for steps: asked when somebody wants to see it, remembered for a while.

Whoever edits a notebook is told at once that a step fits nowhere, so nothing is asked then: what a
cluster said last is good enough for advice, and `launch.check` asks again before a run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from nbprism.compiler import Plan
from nbprism.runner import launch
from nbprism.runner.cluster import local
from nbprism.runner.cluster.capacity import local_capacity
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.remote import preflight
from nbprism.runner.remote.address import LOCAL, find_cluster

BELIEVED_S: Final = 300.0
"""How long a cluster is taken to have what it had; nodes come and go."""


class Offers:
    """The offers of clusters by name. Used from several threads: the last answer counts."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[float, preflight.Offer]] = {}

    def of(self, cluster: str) -> dict[str, Any]:
        """Ask a cluster what it has: for one step at most, in all, and free just now.

        Raises:
            ClusterUnknown: it is no longer in the user's list, or described wrongly there.
            ClusterUnreachable: it does not answer, or has no node that is up.
            ClusterUnauthorized: it does not let us in.
        """
        if cluster == LOCAL:
            here = local_capacity().to_json()
            told = local.free()
            return {
                "cluster": cluster,
                "capacity": here,
                "total": here,
                "free": told and told.to_json(),
                "nodes": 1,
            }
        offer = preflight.offer_of(find_cluster(cluster), brief=True)
        self._heard[cluster] = (time.monotonic(), offer)
        if (largest := offer.largest) is None:
            raise ClusterUnreachable(f"Cluster '{cluster}' answers, but has no node that is up.")
        return {
            "cluster": cluster,
            "capacity": largest.to_json(),
            "total": offer.total.to_json(),
            "free": offer.free and offer.free.to_json(),
            "nodes": len(offer.nodes),
        }

    def misfits(self, plan: Plan, cluster: str) -> list[dict[str, str]]:
        """Return the steps that cannot be placed there, as far as is known without asking."""
        steps = (replace(plan, units=(unit,)) for unit in plan.units)
        return [
            {"step": alone.units[0].step, "message": sentence}
            for alone in steps
            for sentence in self._misplaced(alone, cluster)
        ]

    def _misplaced(self, plan: Plan, cluster: str) -> Iterator[str]:
        if cluster == LOCAL:
            yield from launch.misplaced(plan, local_capacity())
        elif (heard := self._heard.get(cluster)) and time.monotonic() - heard[0] < BELIEVED_S:
            yield from preflight.misplaced(plan, heard[1])
