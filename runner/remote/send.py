"""The job that tells an archive home: `python -m nbprism.runner.remote.send DIGEST`."""

from __future__ import annotations

import sys
from typing import Final

from nbprism.runner import layout
from nbprism.runner.artifacts.bucket import Bucket
from nbprism.runner.remote.job_store import job_bucket, job_store
from nbprism.runner.remote.telling import PieceLine, WholeLine, written

PIECE: Final = 3 << 18
"""Bytes in a line; a multiple of 3, so that base64 needs no padding."""


def main() -> int:
    """Tell the archive named on the command line, if it is here, and that this is all."""
    store, bucket, digest = job_store(), job_bucket(), sys.argv[1]
    path = layout.archive(store, digest)
    if not path.exists() and bucket is not None and Bucket(bucket).has(digest):
        Bucket(bucket).fetch(store, digest)
    if path.exists():
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                sys.stdout.write(f"{written(PieceLine(piece))}\n")
    sys.stdout.write(f"{written(WholeLine())}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
