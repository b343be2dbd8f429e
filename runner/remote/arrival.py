"""What travelled with a job is put where its driver looks for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from nbprism.runner import layout, manifests
from nbprism.runner.artifacts.bucket import Bucket
from nbprism.runner.remote.telling import RESUMED_FOLDER, RUN_FOLDER


def unpack(store: Path, run: str, bucket: str | None) -> Path:
    """Return the run's folder in the store of jobs, made from the package around this process."""
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = _settle(Path(RUN_FOLDER), layout.run_folder(store, run))
    for resumed in Path(RESUMED_FOLDER).glob("*"):
        # The cluster may be another one: all that it knows of that run came along, or is kept.
        there = _settle(resumed, layout.run_folder(store, resumed.name))
        if bucket is not None:
            _find_again(store, there, Bucket(bucket))
    return folder


def _settle(source: Path, folder: Path) -> Path:
    if not layout.log(folder).exists():
        shutil.copytree(source, folder, dirs_exist_ok=True)
        folder.joinpath("outputs").mkdir(exist_ok=True)
    return folder


def _find_again(store: Path, run: Path, bucket: Bucket) -> None:
    """Note which values of a run the bucket has, and bring the files that its steps wrote."""
    for path in run.joinpath("outputs").glob("*.json"):
        manifest = manifests.read(path)
        for archive in manifests.needed(store, manifest):
            mark = layout.in_bucket(store, archive.name)
            if not archive.exists() and not mark.exists() and bucket.has(archive.name):
                layout.note_in_bucket(store, archive.name)
        for archive in manifests.written(store, manifest):
            if not archive.exists() and bucket.has(archive.name):
                bucket.fetch(store, archive.name)
