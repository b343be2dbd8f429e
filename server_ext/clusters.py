"""The clusters that a request may choose from, by name.

An address or a header is never taken from a request: they are in the user's own list, or in the
server's configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbprism.compiler.spelling import listed
from nbprism.runner.remote.address import LOCAL, known_clusters
from nbprism.server_ext.errors import FieldInvalid


@dataclass(frozen=True, slots=True)
class Clusters:
    """The cluster that runs go to unless another is chosen, and the others."""

    usual: str

    def names(self) -> tuple[str, ...]:
        """Return all there are, the usual one first.

        Raises:
            ClusterUnknown: the user's list is there, but cannot be read.
        """
        return tuple(dict.fromkeys((self.usual, LOCAL, *known_clusters())))

    def to_json(self) -> dict[str, Any]:
        return {"usual": self.usual, "clusters": list(self.names())}

    def chosen(self, name: str | None) -> str:
        """Return the cluster of that name; the usual one where none was chosen.

        Raises:
            FieldInvalid: it is none of them.
        """
        if name is None or name == self.usual:
            return self.usual
        if name not in (names := self.names()):
            raise FieldInvalid("cluster", f"must be one of {listed(names)}")
        return name

    def still(self, name: str) -> str:
        """Return the cluster an earlier run was on, or the usual one if that is gone."""
        return name if name in self.names() else self.usual
