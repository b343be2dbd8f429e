"""The clusters that a request may choose from, by name.

A run's address or header is never taken from a request: they are in the user's own list, or in the
server's configuration. Who may run code here may add to that list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from nbprism.compiler.spelling import listed
from nbprism.runner.remote.address import LOCAL, add_cluster, clusters_file, known_clusters
from nbprism.server_ext.errors import FieldInvalid

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


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
        names = list(self.names())
        return {"usual": self.usual, "clusters": names, "file": str(clusters_file())}

    def add(self, name: str, url: str) -> dict[str, Any]:
        """Write a cluster into the user's list and return what there is then.

        Raises:
            FieldInvalid: the name or the address cannot be one, or the name is taken.
            ClusterUnknown: the list cannot be read or written.
        """
        if not NAME.fullmatch(name):
            raise FieldInvalid("name", "must be a letter, then letters, digits, `_` or `-`")
        if name in self.names():
            raise FieldInvalid("name", "is taken; choose another one")
        if not _is_address(url):
            raise FieldInvalid("url", "must be the address of a Ray head, as in http://head:8265")
        add_cluster(name, url)
        return self.to_json()

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


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable()
    except ValueError:
        return False
