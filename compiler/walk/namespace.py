"""The notebook's global names at one point of the walk, with branches.

A branch writes into a journal, so that forking and merging cost what the branch changed and not
what the notebook holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from nbprism.compiler.walk.heap import EMPTY, Value, union
from nbprism.compiler.walk.records import Statement, Version, VersionKind

Changes = Mapping[str, Version | None]
NameChange = tuple[str, Version | None, Version | None]
"""A name, and its version before and after."""


class Names(NamedTuple):
    """The names that one cell looked at, and those it changed."""

    found: dict[str, Version]
    """As they were before the cell."""
    missed: tuple[str, ...]
    """Names it looked at that were not there."""
    listed: tuple[str, ...] | None
    """All names bound before, if it asked for all."""
    changes: Sequence[NameChange]


class Namespace:
    """Name to current version; absent means never bound."""

    def __init__(self) -> None:
        self._versions: dict[str, Version] = {}
        self._journals: list[dict[str, Version | None]] = []
        self._interned: dict[Hashable, Version] = {}
        self._times: Counter[Hashable] = Counter()
        self.seen: dict[str, Version | None] = {}
        """Names the cell looked at or bound, and their versions before it."""
        self.listed: tuple[str, ...] | None = None
        """All names before the cell, if it asked for all names."""

    def enter(self) -> None:
        """Begin to note what the next cell looks at."""
        self.seen, self.listed = {}, None
        self._times.clear()

    def get(self, name: str) -> Version | None:
        """Return the current version, a deleted one included."""
        version = self._versions.get(name)
        if name not in self.seen:
            self.seen[name] = version
        return version

    def version(  # noqa: PLR0913, PLR0917 - all that a version is
        self,
        name: str,
        step: str | None,
        statement: Statement,
        line: int,
        value: Value = EMPTY,
        kind: VersionKind = "value",
        prior: Version | None = None,
        missing: bool = False,
        changed: bool = False,
    ) -> Version:
        """Return the version that is all this: the same object in every walk that makes it."""
        offset = line - statement.node.lineno
        what = (name, step, statement.place, offset, value, kind, prior, missing, changed)
        self._times[what] += 1
        key = (what, self._times[what])
        known = self._interned.get(key)
        if known is None:
            known = self._interned[key] = Version(*what)
        return known

    def put(self, version: Version) -> None:
        """Make it the current version of its name."""
        self._restore(version.name, version)
        for obj in version.value:
            if not obj.fixed:
                obj.ledger.add(obj, version.name)

    def complete(self, names: Iterable[str], statement: Statement) -> None:
        """Note that the statement binds these names on all paths, though it seemed otherwise."""
        for name in sorted(names):
            known = self.get(name)
            if known is not None and known.missing and known.statement is statement:
                self.put(
                    self.version(
                        name, known.step, statement, known.line, known.value, known.kind,
                        known.prior, changed=known.changed,
                    )
                )  # fmt: skip

    def names(self) -> Iterable[str]:
        """Return the names bound at this point, sorted."""
        if self.listed is None:
            self.listed = _bound({**self._versions, **self.seen})
        return _bound(self._versions)

    def __len__(self) -> int:
        """Return how many versions are remembered, those of earlier walks included."""
        return len(self._interned)

    def last(self) -> Mapping[str, Version]:
        """Return every name's version, for who looks on and is no cell."""
        return self._versions

    def begin(self) -> None:
        """Start a branch: from now on changes can be taken back."""
        self._journals.append({})

    def rollback(self) -> Changes:
        """End the branch, take its changes back and return them."""
        before = self._journals.pop()
        after = {name: self._versions.get(name) for name in before}
        for name, version in before.items():
            # For the branch around, nothing happened: its own journal must not know of it.
            self._set(name, version)
        return after

    def _restore(self, name: str, version: Version | None) -> None:
        before = self._versions.get(name)
        if name not in self.seen:
            self.seen[name] = before
        if self._journals:
            self._journals[-1].setdefault(name, before)
        self._set(name, version)

    def _set(self, name: str, version: Version | None) -> None:
        if version is None:
            self._versions.pop(name, None)
        else:
            self._versions[name] = version

    def noted(self) -> Names:
        """Return what the cell that ends here looked at and changed."""
        changes = [
            (name, before, after)
            for name, before in self.seen.items()
            if (after := self._versions.get(name)) is not before
        ]
        found = {name: version for name, version in self.seen.items() if version is not None}
        missed = tuple(name for name, version in self.seen.items() if version is None)
        return Names(found, missed, self.listed, changes)

    def fits(self, names: Names) -> bool:
        """Return whether the names that a cell looked at are what they were then."""
        versions = self._versions
        if names.listed is not None and names.listed != _bound(versions):
            return False
        return names.found.items() <= versions.items() and versions.keys().isdisjoint(names.missed)

    def undo(self, changes: Iterable[NameChange]) -> None:
        """Put the names back to what they were before."""
        versions = self._versions
        for name, before, _ in changes:
            if before is None:
                versions.pop(name, None)
            else:
                versions[name] = before

    def redo(self, changes: Iterable[NameChange]) -> None:
        """Make the names what they were after it."""
        versions = self._versions
        for name, _, after in changes:
            if after is None:
                versions.pop(name, None)
            else:
                versions[name] = after

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
            merged = self._joined(name, list(dict.fromkeys(ends)), statement, step, warn=warn)
            self._restore(name, merged)

    def _joined(
        self,
        name: str,
        ends: list[Version | None],
        statement: Statement,
        step: str | None,
        *,
        warn: bool,
    ) -> Version | None:
        bound = [end for end in ends if end is not None and end.kind != "deleted"]
        if len(ends) == 1 or not bound:
            return next((end for end in ends if end is not None), None)
        incoming = [v for end in bound for v in incoming_versions(end, step)]
        if step is None:
            # Replayed, not shipped: what the name was before comes first, then this statement.
            incoming = [end for end in bound if end.statement is not statement]
        missing = any(end.missing for end in bound) or (warn and len(bound) < len(ends))
        own = [end for end in bound if end.step == step] or bound
        kind = own[-1].kind if all(end.kind == own[-1].kind for end in own) else "value"
        if kind in ("parameter", "definition") and own[-1].statement is not statement:
            kind = "value"
        # Where another cell gave the name its value, its lines mean nothing in this one.
        line = own[-1].line if own[-1].statement is statement else statement.node.lineno
        return self.version(
            name, step, statement, line, union(end.value for end in bound), kind,
            incoming[0] if incoming else None, missing, all(end.changed for end in own),
        )  # fmt: skip


def _bound(versions: Mapping[str, Version | None]) -> tuple[str, ...]:
    return tuple(sorted(n for n, v in versions.items() if v is not None and v.kind != "deleted"))


def incoming_versions(version: Version, step: str | None) -> list[Version]:
    """Return what a read of `version` in `step` needs from outside the step."""
    current: Version | None = version
    while current is not None:
        if current.step != step:
            return [current] if current.kind != "deleted" else []
        current = current.prior
    return []
