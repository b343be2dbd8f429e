"""Where jobs on a cluster keep their runs and values."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

STORE: Final = "NBPRISM_JOB_STORE"


def job_store() -> Path:
    """Return the store of jobs here: the submitter's choice, or a folder of this user."""
    given = os.environ.get(STORE)
    return Path(given) if given else Path(tempfile.gettempdir()) / f"nbprism-{os.getuid()}"
