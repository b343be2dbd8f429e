"""Values that a run is given at home, and that go along to its cluster: inputs of a kernel's cell.

They travel as the archives they lie in, and are checked against their digests when they are loaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbprism.compiler.errors import PlanRejected
from nbprism.runner import layout, manifests
from nbprism.runner.files import temporary_beside

GIVEN_FOLDER: Final = "nbprism-given"
LIMIT_BYTES: Final = 400_000_000
"""Ray keeps packages in the memory of the cluster's head, 512 MB of them at most."""


def given_to(run: Path) -> dict[str, Path]:
    """Return the archives that a run at home was given: name in the package -> file.

    Raises:
        PlanRejected: they are too large to travel.
    """
    store = layout.store_of(run)
    places = {digest: layout.archive(store, digest) for digest in _digests(run)}
    found = {digest: path for digest, path in places.items() if path.exists()}
    _check_size(sum(path.stat().st_size for path in found.values()))
    return {f"{GIVEN_FOLDER}/{digest}": path for digest, path in found.items()}


def put_given(store: Path) -> None:
    """Put the archives that came with this job, if any did, into the store of its cluster."""
    folder = Path(GIVEN_FOLDER)
    for path in folder.iterdir() if folder.is_dir() else ():
        place = layout.archive(store, path.name)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = temporary_beside(place)
            shutil.copyfile(path, draft)
            draft.replace(place)


def _digests(run: Path) -> Iterator[str]:
    # Before a run has begun, the manifests in it are those that it was given.
    for manifest in (run / "outputs").glob("*.json"):
        yield from manifests.archives(manifests.read(manifest))


def _check_size(total: int) -> None:
    if total > LIMIT_BYTES:
        raise PlanRejected(
            f"What the cell reads of this kernel is {total / 1e6:.0f} MB; at most "
            f"{LIMIT_BYTES / 1e6:.0f} MB travel to a cluster. Let the cell load the large part "
            "itself, from a place that the cluster reaches."
        )
