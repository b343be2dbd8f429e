"""Where jobs on a cluster keep their runs and values."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import Final

from nbprism.runner.artifacts.bucket import is_bucket
from nbprism.runner.gc import collect
from nbprism.runner.store import Store

log = logging.getLogger("nbprism.job")

STORE: Final = "NBPRISM_JOB_STORE"
KEPT_S: Final = 30 * 86_400.0
"""How long runs stay here, with what only they need."""
TIDY_EVERY_S: Final = 86_400.0


def job_store() -> Path:
    """Return the store of jobs here: the submitter's choice, or a folder of this user.

    Before a bucket stands a folder of its own.
    """
    given = os.environ.get(STORE)
    if given and not is_bucket(given):
        return Path(given)
    bucket = f"-{hashlib.sha256(given.encode()).hexdigest()[:8]}" if given else ""
    return Path(tempfile.gettempdir()) / f"nbprism-{os.getuid()}{bucket}"


def job_bucket() -> str | None:
    """Return the address of the bucket that keeps the values of jobs, if there is one."""
    given = os.environ.get(STORE)
    return given if is_bucket(given) else None


def tidy(store: Path) -> None:
    """Remove what runs here left long ago, if nobody has done so today."""
    mark = store / "tidied"
    try:
        if mark.exists() and time.time() - mark.stat().st_mtime < TIDY_EVERY_S:
            return
        mark.touch()
        found = collect(Store(store), older_than_s=KEPT_S, max_bytes=None)
    except OSError as error:  # a store that several users share, or that is being tidied now
        log.warning("The store %s was not tidied: %s", store, error)
        return
    log.info("%d old runs and %d values were removed", len(found.runs), found.artifacts)
