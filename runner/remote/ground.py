"""What there is where a job runs, told before anything of ours is imported there.

Run as a file, `python nbprism/runner/remote/ground.py [RUN]`: with a run it becomes the run's job
(`job.py`), unless something is missing. Only the standard library, for that is all there may be.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

MARK: Final = "@nbprism "
"""As in `telling.py`, and the store as in `job_store.py`: neither can be imported here."""
STORE: Final = "NBPRISM_JOB_STORE"
OLDEST: Final = (3, 11)
NEEDED: Final = (
    "blake3", "cloudpickle", "filelock", "ipykernel", "numpy", "papermill", "platformdirs",
    "psutil",
)  # fmt: skip
"""What the driver and its units import. Ray is there; the package of a job brings nbprism."""


def look(needed: Sequence[str] = NEEDED) -> dict[str, Any]:
    """Return what there is here, as JSON."""
    given = os.environ.get(STORE)
    bucket = given if given is not None and "://" in given else None
    if bucket is not None:
        needed = (*needed, "obstore")
    own = Path(tempfile.gettempdir()) / f"nbprism-{os.getuid()}"
    store = Path(given) if given and bucket is None else own
    return {
        "python": platform.python_version(),
        "old": sys.version_info < OLDEST,
        "executable": sys.executable,
        "host": platform.node(),
        "lacks": [name for name in needed if importlib.util.find_spec(name) is None],
        "versions": {name: _version(name) for name in ("ray", "papermill", "ipykernel")},
        "store": bucket or str(store),
        **(_space(store) if bucket is None else _bucket(bucket)),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _space(store: Path) -> dict[str, Any]:
    """Return whether the store can be written, tried with a file, and how much fits."""
    try:
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=store):
            return {"problem": None, "free_bytes": shutil.disk_usage(store).free}
    except OSError as error:
        return {"problem": error.strerror or str(error), "free_bytes": 0}


def _bucket(url: str) -> dict[str, Any]:
    """Return whether the bucket can be used, tried with an object."""
    # Of ours, but it needs nothing else that may be missing here.
    from nbprism.runner.artifacts.bucket import Bucket

    try:
        Bucket(url).try_out()
    except Exception as error:  # whatever it is, it is what people shall read
        return {"problem": str(error), "free_bytes": None}
    return {"problem": None, "free_bytes": None}


def main() -> int:
    """Tell what there is; go on as the job of the run named on the command line, if any."""
    # Python put the folder of this file first; what is in it must not be found by bare names.
    sys.path[0] = str(Path.cwd())
    found = look()
    print(MARK + json.dumps({"ground": found}), flush=True)  # noqa: T201 - how a job speaks
    if len(sys.argv) > 1:
        if found["lacks"] or found["old"] or found["problem"]:
            return 1
        module = "nbprism.runner.remote.job"
        os.execv(sys.executable, [sys.executable, "-m", module, sys.argv[1]])  # noqa: S606 - ourselves
    return 0


if __name__ == "__main__":
    sys.exit(main())
