"""Run in a mount namespace of its own: a project on a disk that nobody can write to any more.

python read_only_store.py FOLDER NOTEBOOK: makes a run, takes the right to write away, and prints,
as JSON, what each command then says.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from click.testing import CliRunner
from full_disk import mount, outcome

from nbprism.cli import main as nbprism


def main() -> None:
    folder = Path(sys.argv[1])
    mount(folder, "size=20m")
    shutil.copy(sys.argv[2], folder / "full.ipynb")
    run = outcome(folder)["run"]
    mount(folder, "remount", "ro")
    os.chdir(folder)
    told = {}
    for line in ("runs", f"logs {run}", f"get {run} make.rows", "run full.ipynb --dry-run",
                 "run full.ipynb", f"resume {run}", "gc"):  # fmt: skip
        found = CliRunner().invoke(nbprism, line.split())
        told[line.replace(run, "RUN")] = [found.exit_code, found.output]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
