"""The local modules that are loaded: code of the user's that is not in the notebook."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection
from pathlib import Path

from nbprism.runner.observed import contents
from nbprism.runner.observed.scope import Scope


def local_modules(
    store: Path, scope: Scope, known: Collection[str], since: float
) -> dict[str, str | None]:
    """Return the files of modules that were loaded since and are not of installed packages.

    Args:
        store: Where stamps are kept.
        scope: What is the user's.
        known: Names of the modules that were there before.
        since: When the first may have been loaded; one that was edited later has no digest, since
            what was loaded can no longer be told.
    """
    found: dict[str, str | None] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) if name not in known else None
        if isinstance(file, str) and scope.has(path := os.path.abspath(file)):  # noqa: PTH100
            seen = contents.marks(path)
            # A time to come is not an edit: the file is from a machine whose clock is ahead.
            edited = seen is None or since * 1e9 < seen[3] <= time.time_ns()
            content = None if edited else contents.digest(store, path)
            # `sys.path` is seldom spelt as it was given.
            found.update(dict.fromkeys(scope.names(path, is_relative=False), content))
    return found
