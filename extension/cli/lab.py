"""`nbprism lab`: JupyterLab with the nbprism panel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default="."
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(*, folder: Path, options: tuple[str, ...]) -> None:
    """Open FOLDER in JupyterLab. Further OPTIONS go to `jupyter lab`."""
    command = [sys.executable, "-m", "jupyterlab", *options]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is no other user
    os.chdir(folder)
    os.execv(command[0], command)  # noqa: S606 - becomes JupyterLab: its signals and exit code are ours
