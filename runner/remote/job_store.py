"""Where jobs on a cluster keep their runs and values."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from nbprism.runner.artifacts.bucket import is_bucket

STORE: Final = "NBPRISM_JOB_STORE"


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
