"""A value that a step of a run gave, before and after it is loaded."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbprism.runner.errors import ArtifactMissing


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """A named value in a store; nothing of it is read until `load()`.

    Example:
        >>> run["load"].artifacts["rows"]  # doctest: +ELLIPSIS
        <ArtifactRef load.rows: list, 3 items, ... B>
        >>> run["load"].artifacts["rows"].load()
        [1, 2, 3]
    """

    step: str
    name: str
    entry: Mapping[str, Any]
    """What the step's manifest says about it."""
    store: Path
    cluster: str | None = None
    """The cluster that has it, if it is not the local one."""

    @property
    def type(self) -> str:
        """The value's type, as the step saw it: `pandas.DataFrame`."""
        return str(self.entry.get("type") or "unknown")

    @property
    def bytes(self) -> int | None:
        """Bytes in the store; None if there are none."""
        size = self.entry.get("bytes")
        return size if isinstance(size, int) else None

    @property
    def digest(self) -> str | None:
        """BLAKE3 of the archive the value is in; None if it was not kept."""
        return self.entry.get("archive")

    @property
    def preview(self) -> str:
        """What the value is, in a few words: `100 rows x 3 columns`."""
        return str(self.entry.get("preview") or "")

    def load(self, namespace: dict[str, Any] | None = None) -> Any:
        """Return the value; large arrays are mapped, not read, and may be changed freely.

        Classes and functions of the notebook are those of `namespace` (default: what is defined in
        this kernel) where it has them, so that `isinstance` holds.

        Raises:
            ArtifactMissing: the step kept no such value, or it was removed from the store.
            ArtifactCorrupt: its bytes are not what was written; nothing of them is loaded.
        """
        from nbprism.runner.artifacts import parcel

        if self.digest is None and "placeholder" not in self.entry:
            raise ArtifactMissing(f"Step '{self.step}' did not keep '{self.name}': {self.why_not}.")
        # A copy: functions that come along bring globals of their own, which must not land here.
        home = dict(vars(sys.modules["__main__"])) if namespace is None else namespace
        self.bring_home()
        return parcel.unpack(self.store, {self.name: dict(self.entry)}, home)[self.name]

    def bring_home(self) -> None:
        """Fetch the value from the cluster it was left on, if it is not here."""
        if self.cluster is None or self.digest is None:
            return
        from nbprism.runner import layout
        from nbprism.runner.remote.address import find_cluster
        from nbprism.runner.remote.fetch import fetch

        if not layout.archive(self.store, self.digest).exists():
            fetch(self.store, self.digest, find_cluster(self.cluster))

    @property
    def why_not(self) -> str:
        """Why there is nothing to load; empty if there is."""
        return str(self.entry.get("unsupported") or ("" if self.digest else "it was not kept"))

    def __repr__(self) -> str:
        parts = [self.type, self.preview, _readable(self.bytes) if self.digest else self.why_not]
        return f"<ArtifactRef {self.step}.{self.name}: {', '.join(filter(None, parts))}>"


def _readable(size: int | None) -> str:
    """Return a number of bytes for people: `920 kB`."""
    if size is None:
        return ""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:  # noqa: PLR2004 - SI units
        amount /= 1000
        units.pop(0)
    return f"{amount:.3g} {units[0]}"
