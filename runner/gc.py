"""Removing what nobody needs any more: old runs, then results and values that no run refers to.

Runs that are pinned or not over stay, with all they need. Look-ups hold the store's lock together
while they take a result over, and this holds it alone: a result is either taken before, and then
its run refers to it, or not found afterwards. What a running step writes meanwhile is younger than
its run, and nothing that young is removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nbprism.runner import layout, manifests
from nbprism.runner.errors import RunConflict
from nbprism.runner.flow.state import ENDED_RUNS
from nbprism.runner.locks import held
from nbprism.runner.reuse.records import all_records
from nbprism.runner.store import RunFolder, Store

MARGIN_S: Final = 60.0
"""Clocks of machines that share a store may differ by so much."""
ABANDONED_S: Final = 86_400.0
"""Drafts and locks that nobody touched for so long are left over."""

_DIGEST: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Garbage:
    """What was, or would be, removed."""

    runs: tuple[str, ...] = ()
    records: int = 0
    artifacts: int = 0
    size: int = 0
    """Bytes, as far as they are nobody else's."""

    def to_json(self) -> dict[str, Any]:
        return {
            "runs": list(self.runs),
            "records": self.records,
            "artifacts": self.artifacts,
            "bytes": self.size,
        }


@dataclass(slots=True)
class _Run:
    """A run, and what it takes."""

    folder: RunFolder
    created_at: float
    is_over: bool
    stays: bool
    size: int = 0
    needs: frozenset[str] = field(default_factory=frozenset)


def collect(
    store: Store, *, older_than_s: float | None, max_bytes: int | None, dry_run: bool = False
) -> Garbage:
    """Remove runs by age, the oldest ones until the rest is small enough, and what is left over.

    Args:
        store: Where to look.
        older_than_s: Runs that were made longer ago go; None for none of them.
        max_bytes: How much may stay; None for any amount. What has to stay may be more.
        dry_run: Whether it is only said what would go.
    """
    if not store.runs_path.is_dir():
        return Garbage()
    with held(layout.gc_lock(store.root)):
        now = time.time()
        runs = [_weighed(run) for run in store.runs()]
        _spare_the_resumed(runs)
        going = _going(runs, store, now, older_than_s, max_bytes)
        return _Sweep(store, runs, going, now, dry_run=dry_run).made()


def _weighed(folder: RunFolder) -> _Run:
    listed = folder.listed()
    is_over = listed["state"] in ENDED_RUNS and not folder.is_alive()
    return _Run(
        folder,
        listed["created_at"],
        is_over,
        stays=not is_over or folder.is_pinned(),
        size=sum(size for _, size in _files(folder.path)),
        needs=_needs(folder.path / "outputs"),
    )


def _spare_the_resumed(runs: list[_Run]) -> None:
    """Keep the runs that one which is going on takes over from."""
    resumed = {
        run.folder.state().accepted.resumes  # type: ignore[union-attr]
        for run in runs
        if not run.is_over
    }
    for run in runs:
        run.stays = run.stays or run.folder.id in resumed


def _going(
    runs: list[_Run], store: Store, now: float, older_than_s: float | None, max_bytes: int | None
) -> list[_Run]:
    free = sorted((run for run in runs if not run.stays), key=lambda run: run.created_at)
    oldest_kept = float("-inf") if older_than_s is None else now - older_than_s
    going = [run for run in free if run.created_at < oldest_kept]
    if max_bytes is None:
        return going
    sizes = dict(_archives(store))
    kept = [run for run in runs if run not in going]
    users = Counter(digest for run in kept for digest in run.needs)
    total = sum(run.size for run in kept) + sum(sizes.get(digest, 0) for digest in users)
    for run in free[len(going) :]:
        if total <= max_bytes:
            break
        going.append(run)
        users.subtract(run.needs)
        total -= run.size + sum(sizes.get(d, 0) for d in run.needs if not users[d])
    return going


class _Sweep:
    """One removal of runs and of what is left over then."""

    def __init__(
        self, store: Store, runs: list[_Run], going: list[_Run], now: float, *, dry_run: bool
    ) -> None:
        self._store, self._going, self._dry_run = store, going, dry_run
        self._kept = [run for run in runs if run not in going]
        since = min((run.created_at for run in runs if not run.is_over), default=now)
        self._young = since - MARGIN_S
        self._now = now

    def made(self) -> Garbage:
        unused = list(self._unused_records())
        gone = [run.folder.id for run in self._going if self._remove_run(run.folder)]
        size = sum(run.size for run in self._going if run.folder.id in gone)
        for folder, _ in unused:
            self._remove(folder)
        archives = list(self._unused_archives({folder for folder, _ in unused}))
        for path, _ in archives:
            self._remove(path)
        if not self._dry_run:
            self._sweep_traces()
        size += sum(size for _, size in unused) + sum(size for _, size in archives)
        return Garbage(tuple(gone), len(unused), len(archives), size)

    def _remove_run(self, run: RunFolder) -> bool:
        if self._dry_run:
            return True
        try:
            self._store.delete(run)
        except RunConflict:  # pinned at this moment
            return False
        return True

    def _unused_records(self) -> Iterator[tuple[Path, int]]:
        """Yield records whose files no run shares, but for those that go now, with their sizes."""
        going = Counter(
            inode for run in self._going for inode in _inodes(run.folder.path / "outputs")
        )
        for folder in all_records(self._store.root):
            with contextlib.suppress(OSError):
                found = (folder / "manifest.json").stat()
                shared = found.st_nlink - going[found.st_ino]
                if shared <= 1 and (folder / "record.json").stat().st_mtime < self._young:
                    yield folder, sum(size for _, size in _files(folder))

    def _unused_archives(self, records: set[Path]) -> Iterator[tuple[Path, int]]:
        needed = {digest for run in self._kept for digest in run.needs}
        for folder in all_records(self._store.root):
            if folder not in records:
                needed |= _needs(folder)
        for digest, size in _archives(self._store):
            path = layout.archive(self._store.root, digest)
            if digest not in needed and _is_older(path, self._young):
                yield path, size

    def _remove(self, path: Path) -> None:
        if self._dry_run:
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # the folder of the key, if that was its last record
        else:
            path.unlink(missing_ok=True)

    def _sweep_traces(self) -> None:
        """Remove what only speaks of things that are gone."""
        root, old = self._store.root, self._now - ABANDONED_S
        left_over = [
            *(path for path in layout.drafts(root).glob("*") if _is_older(path, old)),
            *(path for path in root.glob(layout.writes(root).name) if _is_older(path, old)),
            *(path for path in (root / "reuse" / "claims").glob("*") if _is_older(path, old)),
            *(
                path
                for path in (root / "reuse" / "latest").glob("[!.]*")
                if not _points(root, path)
            ),
            # Drafts: a run that is going on may be about to rename one.
            *(path for path in (root / "reuse" / "latest").glob(".*") if _is_older(path, old)),
            *(
                path
                for path in (root / "artifacts" / "checked").glob("*/*")
                if _is_stale(root, path)
            ),
        ]
        for path in left_over:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            with contextlib.suppress(OSError):
                yield path, path.lstat().st_size


def _needs(folder: Path) -> frozenset[str]:
    """Return all digests that the manifests in a folder name, whatever they name them for."""
    found: set[str] = set()
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError):
            found |= manifests.digests_in(path.read_bytes())
    return frozenset(found)


def _inodes(folder: Path) -> Iterable[int]:
    for path, _ in _files(folder):
        with contextlib.suppress(OSError):
            yield path.stat().st_ino


def _archives(store: Store) -> Iterator[tuple[str, int]]:
    """Yield the digest and the size of everything on the shelf."""
    for path in (store.root / "artifacts").glob("[0-9a-f][0-9a-f]/*"):
        with contextlib.suppress(OSError):
            found = path.stat()
            if stat.S_ISREG(found.st_mode):
                yield path.name, found.st_size


def _is_older(path: Path, than: float) -> bool:
    try:
        return path.stat().st_mtime < than
    except OSError:
        return False


def _points(store: Path, latest: Path) -> bool:
    try:
        key, _, run = latest.read_text(encoding="utf-8").partition("/")
    except FileNotFoundError:
        return True  # a draft that has just taken its place
    return (store / "reuse" / key[:2] / key / run).is_dir()


def _is_stale(store: Path, stamp: Path) -> bool:
    """Return whether a stamp is of an archive that is no more; those of files are not."""
    is_archives = _DIGEST.fullmatch(stamp.name) is not None
    return is_archives and not layout.archive(store, stamp.name).exists()


def summed(found: Iterable[Garbage]) -> Mapping[str, Any]:
    """Return the garbage of several stores as one."""
    every = list(found)
    whole = Garbage(
        tuple(run for one in every for run in one.runs),
        sum(one.records for one in every),
        sum(one.artifacts for one in every),
        sum(one.size for one in every),
    )
    return whole.to_json()
