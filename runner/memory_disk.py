"""Where small files of the moment go: in memory where there is such a disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def memory_disk() -> Path:
    """Return a folder whose path is short.

    A socket's path may have about 100 characters, which some TMPDIRs already have.
    """
    fitting = (Path(path) for path in ("/dev/shm", "/tmp") if os.access(path, os.W_OK))  # noqa: S108
    return next(fitting, Path(tempfile.gettempdir()))
