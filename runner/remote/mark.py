"""The job that passes on what was asked: `python -m nbprism.runner.remote.mark RUN STEP...`.

It leaves the mark that the driver of the run looks for: these steps shall stop.
"""

from __future__ import annotations

import sys

from nbprism.runner import layout
from nbprism.runner.remote.job_store import job_store
from nbprism.runner.store import RunFolder


def main() -> int:
    """Mark the steps named on the command line."""
    run = RunFolder(layout.run_folder(job_store(), sys.argv[1]))
    for step in sys.argv[2:]:
        run.mark_step_cancelled(step)
    return 0


if __name__ == "__main__":
    sys.exit(main())
