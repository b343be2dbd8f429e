"""Named values of a step to archives and manifest entries, and back.

Each value gets an archive of its own, so that a consumer loads only what it needs, except where
values share something: those travel together, or the sharing would be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from nbprism.runner import layout
from nbprism.runner.artifacts import archive, culprit, movable, preview, shelf
from nbprism.runner.artifacts.comparing import Comparer, Differs
from nbprism.runner.artifacts.limits import Limit, TooMuch
from nbprism.runner.artifacts.pickler import ArtifactPickler, shared_objects
from nbprism.runner.artifacts.placeholder import Placeholder
from nbprism.runner.artifacts.seals import Sealing
from nbprism.runner.artifacts.sharing import SharedMemory, in_common, merged
from nbprism.runner.artifacts.tensors import Storages

Entry = dict[str, Any]
"""What a manifest says about one output."""


class RoundTripFailed(Exception):
    """What was written does not read back as what it was."""


def pack(
    store: Path,
    step: str,
    values: Mapping[str, Any],
    home: dict[str, Any],
    limit: Limit | None = None,
    known: Mapping[str, Entry] | None = None,
) -> dict[str, Entry]:
    """Put the values on the shelf and return the manifest's entries, one per name.

    `known`, where values may come again, are entries that some of the names had before. Such a
    value is compared first, and only written if it is not what it was.

    Raises:
        StoreFull: there is no space left where the store is.
        TooMuch: they are over the limit that was given.
    """
    return _Packing(store, step, values, home, limit, known).run()


def unpack(store: Path, entries: Mapping[str, Entry], namespace: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a manifest's entries, those of one archive sharing what they shared.

    Raises:
        ArtifactMissing: the store does not have an archive.
        ArtifactCorrupt: an archive's bytes are not what its name says.
    """
    values: dict[str, Any] = {}
    # By group too: values that are merely equal have one archive, and must not become one object.
    opened: dict[tuple[str, str], list[Any]] = {}
    for name, entry in entries.items():
        if (digest := entry.get("archive")) is not None:
            key = (digest, entry["group"])
            if key not in opened:
                opened[key] = shelf.take(store, digest, namespace)
            values[name] = opened[key][entry["slot"]]
        elif (members := entry.get("list")) is not None:
            values[name] = _unpacked_list(store, members, namespace)
        elif (stands_for := entry.get("placeholder")) is not None:
            values[name] = Placeholder(*stands_for)
    return values


def _unpacked_list(store: Path, members: list[Entry], namespace: dict[str, Any]) -> list[Any]:
    """Return the values of the units of one step in order; None for a unit that gave none."""
    found = unpack(store, {str(i): member for i, member in enumerate(members)}, namespace)
    return [found.get(str(index)) for index in range(len(members))]


class _Packing:
    """One step's outputs on their way to the shelf."""

    def __init__(
        self,
        store: Path,
        step: str,
        values: Mapping[str, Any],
        home: dict[str, Any],
        limit: Limit | None,
        known: Mapping[str, Entry] | None,
    ) -> None:
        self._store, self._step, self._home = store, step, home
        self._limit, self._known = limit, known or {}
        self._is_sealed = known is not None
        self._values = values
        self._memory = SharedMemory(values)
        self._storages = Storages()
        self._entries: dict[str, Entry] = {}

    def run(self) -> dict[str, Entry]:
        groups = merged(self._memory.groups(), self._movable_names())
        while not self._write_all(groups):
            groups = self._linked
        return {name: self._entries[name] for name in self._values}

    def _movable_names(self) -> Iterable[str]:
        for name, value in self._values.items():
            if type(value) is Placeholder:
                self._entries[name] = _carried(value)
            else:
                yield name

    def _write_all(self, groups: list[tuple[str, ...]]) -> bool:
        """Write every group; return False if some turned out to belong together.

        The picklers stay alive to the end: their memos go by `id`, which must not be reused.
        """
        met: dict[tuple[str, ...], Mapping[int, Any]] = {}
        picklers: list[ArtifactPickler] = []
        for group in groups:
            for part, pickler in self._write(group):
                picklers.append(pickler)
                if len(groups) > 1:
                    met[part] = shared_objects(pickler)
        links = [{*a, *b} for a, b in combinations(met, 2) if in_common(met[a], met[b])]
        self._linked = merged([*links, *map(set, groups)], [n for g in groups for n in g])
        return not links

    def _write(self, group: tuple[str, ...]) -> list[tuple[tuple[str, ...], ArtifactPickler]]:
        try:
            return [(group, self._write_archive(group))]
        except Exception as error:
            if _is_ours(error):
                raise
            if len(group) > 1:
                # One of them cannot be moved; which one shows when they go alone.
                return [found for name in group for found in self._write((name,))]
            self._entries[group[0]] = self._refused(group[0], error)
            return []

    def _write_archive(self, group: tuple[str, ...]) -> ArtifactPickler:
        values = [self._values[name] for name in group]
        memory = self._memory if len(group) > 1 or self._memory.groups() else None
        if (pickler := self._unchanged(group, values, memory)) is not None:
            return pickler
        # On what is kept within limits nothing depends.
        durable = self._limit is None
        with shelf.draft(self._store, self._limit, durable=durable) as draft:
            target = Sealing(draft.writer) if self._is_sealed else draft.writer
            pickler = archive.write(
                values, target, home=self._home, memory=memory, storages=self._storages
            )
            found = draft.values(self._home)
            _compare(values, found)
            digest = draft.keep()
            if isinstance(target, Sealing):
                target.hold(layout.archive(self._store, digest))
        for slot, name in enumerate(group):
            self._entries[name] = {
                "archive": digest,
                "slot": slot,
                "group": f"{self._step}/{group[0]}",
                "type": movable.type_name(type(values[slot])),
                "bytes": draft.writer.size,
                **preview.of(found[slot]),
            }
        return pickler

    def _unchanged(
        self, group: tuple[str, ...], values: list[Any], memory: SharedMemory | None
    ) -> ArtifactPickler | None:
        """Take over the entries of values whose archive is there already, bytes for bytes."""
        archives = {self._known.get(name, {}).get("archive") for name in group}
        if len(archives) > 1 or (before := archives.pop()) is None:
            return None
        if not shelf.has(self._store, before):
            return None
        comparer = Comparer(layout.archive(self._store, before))
        try:
            pickler = archive.write(
                values, comparer, home=self._home, memory=memory, storages=self._storages
            )
            comparer.finish()
        except (Differs, FileNotFoundError):  # or removed just now
            return None
        for slot, name in enumerate(group):
            place = {"slot": slot, "group": f"{self._step}/{group[0]}"}
            self._entries[name] = {**self._known[name], **place}
        return pickler

    def _refused(self, name: str, error: Exception) -> Entry:
        value = self._values[name]
        if isinstance(error, RoundTripFailed):
            what, why = f"{name} ({movable.type_name(type(value))})", str(error)
        else:
            what, why = self._blamed(name, value, error)
        return {
            "unsupported": movable.sentence(what, why),
            "type": movable.type_name(type(value)),
            "cause": f"{type(error).__name__}: {error}"[:500],
            "placeholder": [name, self._step, what, why],
        }

    def _blamed(self, name: str, value: Any, error: Exception) -> tuple[str, str]:
        # The search takes time, which a value that nobody needs does not get.
        if self._limit is not None:
            return culprit.said_of(name, type(value), error)
        return culprit.blamed(name, value, self._home, error)


def _carried(value: Placeholder) -> Entry:
    name, step, what, why = Placeholder.parts(value)
    return {
        "unsupported": f"{what} stayed in step '{step}'. To fix it: {why}.",
        "type": "unsupported",
        "placeholder": [name, step, what, why],
    }


def _compare(written: list[Any], found: list[Any]) -> None:
    """Refuse a value that reads back as something else, here where the step can be named."""
    for before, after in zip(written, found, strict=True):
        # A replayed definition may stand in for a class, so names are compared, not identities.
        if movable.type_name(type(before)) != movable.type_name(type(after)):
            kind = movable.type_name(type(after))
            raise RoundTripFailed(f"it would arrive as {kind}; pass on what it was made from")
        if getattr(before, "shape", None) is not None and _shape(before) != _shape(after):
            raise RoundTripFailed("it would arrive in another shape; pass on what it was made from")


def _shape(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    # By name: NumPy itself brings dates of a foreign byte order home to the machine's own.
    return f"{getattr(value, 'shape', None)} {getattr(dtype, 'name', dtype)}"


def _is_ours(error: Exception) -> bool:
    """Tell a store that cannot be written to, or a limit, from a value that cannot be moved."""
    from nbprism.compiler.errors import PrismError

    return isinstance(error, (PrismError, OSError, TooMuch))
