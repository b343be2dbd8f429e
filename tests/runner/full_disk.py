"""Run in a mount namespace of its own: a project on a disk of a few megabytes.

python full_disk.py FOLDER STEPS: prints, as JSON, what became of a run on the full disk, and of its
resumption after there was space again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner.cluster.fake import FakeCluster
from nbprism.runner.driver import lead
from nbprism.runner.executed import assemble
from nbprism.runner.options import RunOptions
from nbprism.runner.store import Store
from nbprism.runner.unit.attempt import execute_unit

SMALL, LARGE = "8m", "200m"


def private_mounts() -> list[str] | None:
    """Return a command that gives a mount namespace of our own, if this user may have one."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        if (
            shutil.which("unshare")
            and not subprocess.run(
                [*command, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
            ).returncode
        ):
            return command
    return None


def mount(folder: Path, *options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "none", str(folder)]
    subprocess.run(command, check=True)


def outcome(project: Path, resumes: str | None = None) -> dict[str, Any]:
    notebook = read_notebook(project / "full.ipynb")
    plan = make_plan(notebook, compile_notebook(notebook), {})
    run = Store(project / ".nbprism").create_run(
        plan, notebook_path=project / "full.ipynb", options=RunOptions(resumes=resumes)
    )
    lead(run, FakeCluster(execute_unit), assemble)
    return {**run.summary(), "left": sorted(path.name for path in run.path.iterdir())}


def main() -> None:
    folder = Path(sys.argv[1])
    mount(folder, f"size={SMALL}")
    shutil.copy(sys.argv[2], folder / "full.ipynb")
    full = outcome(folder)
    for grown in folder.glob("*.bin"):
        grown.unlink()
    mount(folder, "remount", f"size={LARGE}")
    resumed = outcome(folder, resumes=full["run"])
    sys.stdout.write(json.dumps({"full": full, "resumed": resumed}))


if __name__ == "__main__":
    main()
