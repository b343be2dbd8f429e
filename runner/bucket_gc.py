"""Removing what nobody used for long from a bucket, which outlives clusters and laptops.

Nobody knows all runs whose values are there, so age decides: results go that no run has made or
taken for long, then values as old that no other result names. A run that still wants one of them
computes it again.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from typing import Final

from nbprism.runner.artifacts.bucket import ARCHIVES, Bucket, Thing
from nbprism.runner.errors import StoreError
from nbprism.runner.gc import Garbage
from nbprism.runner.reuse.shared_records import FOLDER, digests_in

AT_A_TIME: Final = 500
"""Objects of one request to remove them; S3 takes 1,000."""


def collect_in(bucket: Bucket, *, older_than_s: float, dry_run: bool = False) -> Garbage:
    """Remove results and values that are older than that, as far as nothing younger needs them.

    Raises:
        StoreError: the bucket cannot be used from here.
    """
    before = time.time() - older_than_s
    records = bucket.listed(FOLDER)
    unused = [record for record in records if record.changed_at < before]
    needed = {
        digest
        for record in records
        if record.changed_at >= before
        for digest in _digests(bucket, record)
    }
    archives = [
        archive
        for archive in bucket.listed(ARCHIVES)
        if archive.changed_at < before and archive.name.rpartition("/")[2] not in needed
    ]
    gone = [*unused, *archives]
    if not dry_run:
        # Results first: none of them may speak of a value that is gone.
        names = [thing.name for thing in gone]
        for start in range(0, len(names), AT_A_TIME):
            bucket.remove(names[start : start + AT_A_TIME])
    return Garbage(
        records=len(unused), artifacts=len(archives), size=sum(thing.size for thing in gone)
    )


def _digests(bucket: Bucket, record: Thing) -> Iterator[str]:
    try:
        yield from digests_in(bucket.read(record.name))
    except (StoreError, ValueError, KeyError, zipfile.BadZipFile):
        return  # gone at this moment, or damaged: nobody can take it
