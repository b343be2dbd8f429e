"""The `nbprism` command: one verb per file, each a thin door to the compiler or the runner.

Exit codes: 0 it worked; 1 the notebook has errors, or the run failed or was cancelled; 2 it could
not be started at all. Every `PrismError` ends here as one line on standard error.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from nbprism import __version__
from nbprism.cli.cluster import cluster
from nbprism.cli.compile import compile_command
from nbprism.cli.diff import diff
from nbprism.cli.doctor import doctor
from nbprism.cli.export import export
from nbprism.cli.gc import gc, pin
from nbprism.cli.lab import lab
from nbprism.cli.resume import resume
from nbprism.cli.run import run
from nbprism.cli.runs import cancel, get, logs, runs, show
from nbprism.cli.tag import tag
from nbprism.compiler.errors import PrismError

REFUSED = 2


class _Door(click.Group):
    """A group that turns our own errors, and the system's, into one line and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PrismError as error:
            click.echo(f"nbprism: {error}", err=True)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"nbprism: {where}{error.strerror or error}", err=True)
        sys.exit(REFUSED)


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nbprism")
def main() -> None:
    """Split a notebook into Ray tasks, run them, and read the results."""


for command in (
    compile_command,
    run,
    resume,
    gc,
    pin,
    runs,
    show,
    logs,
    cancel,
    diff,
    get,
    export,
    cluster,
    doctor,
    lab,
    tag,
):
    main.add_command(command)
