"""The notebook's global names at one point of the walk, with branches.

A branch writes into a journal, so that forking and merging cost what the branch changed and not
what the notebook holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbprism.compiler.heap import union
from nbprism.compiler.records import Statement, Version

Changes = Mapping[str, Version | None]


class Namespace:
    """Name to current version; absent means never bound."""

    def __init__(self) -> None:
        self._versions: dict[str, Version] = {}
        self._journals: list[dict[str, Version | None]] = []

    def get(self, name: str) -> Version | None:
        """Return the current version, a deleted one included."""
        return self._versions.get(name)

    def put(self, version: Version) -> None:
        """Make it the current version of its name."""
        self._restore(version.name, version)
        for obj in version.value:
            obj.names[version.name] = None

    def names(self) -> Iterable[str]:
        """Return the names bound at this point, in order of first binding."""
        return [name for name, version in self._versions.items() if version.kind != "deleted"]

    def begin(self) -> None:
        """Start a branch: from now on changes can be taken back."""
        self._journals.append({})

    def rollback(self) -> Changes:
        """End the branch, take its changes back and return them."""
        before = self._journals.pop()
        after = {name: self._versions.get(name) for name in before}
        for name, version in before.items():
            self._restore(name, version)
        return after

    def _restore(self, name: str, version: Version | None) -> None:
        if self._journals:
            self._journals[-1].setdefault(name, self._versions.get(name))
        if version is None:
            self._versions.pop(name, None)
        else:
            self._versions[name] = version

    def settle(self) -> None:
        """Forget all open branches, keeping what they changed."""
        self._journals.clear()

    def apply(self, changes: Changes) -> None:
        """Make the changes of one branch the state."""
        for name, version in changes.items():
            self._restore(name, version)

    def merge(
        self, branches: list[Changes], statement: Statement, step: str | None, *, warn: bool
    ) -> None:
        """Make the state what it may be after any one of the branches."""
        if len(branches) == 1:
            self.apply(branches[0])
            return
        for name in dict.fromkeys(name for branch in branches for name in branch):
            ends = [branch.get(name, self._versions.get(name)) for branch in branches]
            merged = _joined(name, list(dict.fromkeys(ends)), statement, step, warn=warn)
            self._restore(name, merged)


def _joined(
    name: str, ends: list[Version | None], statement: Statement, step: str | None, *, warn: bool
) -> Version | None:
    bound = [end for end in ends if end is not None and end.kind != "deleted"]
    if len(ends) == 1 or not bound:
        return ends[0]
    incoming = [v for end in bound for v in incoming_versions(end, step)]
    if step is None:
        # Replayed, not shipped: what the name was before comes first, then this statement.
        incoming = [end for end in bound if end.statement is not statement]
    missing = any(end.missing for end in bound) or (warn and len(bound) < len(ends))
    own = [end for end in bound if end.step == step] or bound
    kind = own[-1].kind if all(end.kind == own[-1].kind for end in own) else "value"
    if kind in ("parameter", "definition") and own[-1].statement is not statement:
        kind = "value"
    return Version(
        name, step, statement, own[-1].line, union(end.value for end in bound), kind,
        incoming[0] if incoming else None, missing, all(end.changed for end in own),
    )  # fmt: skip


def incoming_versions(version: Version, step: str | None) -> list[Version]:
    """Return what a read of `version` in `step` needs from outside the step."""
    current: Version | None = version
    while current is not None:
        if current.step != step:
            return [current] if current.kind != "deleted" else []
        current = current.prior
    return []
