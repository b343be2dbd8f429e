"""The `nbprism` command: one verb per file, each a thin door to the compiler or the runner.

Exit codes: 0 it worked; 1 the notebook has errors, or the run failed or was cancelled; 2 it could
not be started at all. Every `PrismError` ends here as one line on standard error.
"""

from __future__ import annotations

import os
import sys
from pkgutil import resolve_name
from typing import Any, Final

import click

from nbprism import __version__

REFUSED = 2
SIGPIPE_EXIT = 141
"""What a shell reports for a program that nobody reads from any more: 128 + SIGPIPE."""
VERBS: Final = {
    "cancel": ("runs:cancel", "Stop a run, or one step of it."),
    "cluster": ("cluster:cluster", "See to the local Ray; list the clusters that are known."),
    "compile": (
        "compile:compile_command",
        "Show a notebook's steps, what moves between them, what is wrong.",
    ),
    "diff": ("diff:diff", "Show in what two runs differ."),
    "doctor": ("doctor:doctor", "Check that nbprism, Ray and JupyterLab, or a cluster, are fit."),
    "export": ("export:export", "Write a run's notebook with its outputs as one file."),
    "gc": ("gc:gc", "Remove old runs, and what no run needs."),
    "get": ("runs:get", "Print a value that a step gave."),
    "lab": ("lab:lab", "Open a folder in JupyterLab."),
    "logs": ("runs:logs", "Print what a run's cells wrote as text."),
    "pin": ("gc:pin", "Keep a run from being deleted, whatever its age."),
    "resume": ("resume:resume", "Run what a run left undone, and take over the rest."),
    "run": ("run:run", "Run a notebook as a pipeline on Ray."),
    "runs": ("runs:runs", "List runs, the newest first."),
    "show": ("runs:show", "Show a run's steps, and follow it while it goes on."),
    "tag": ("tag:tag", "Show or write tags for a notebook."),
    "trace": ("trace:trace", "Send a run to an OpenTelemetry collector."),
}
"""Where each verb is, and what it does."""


class _Door(click.Group):
    """Verbs that are imported when they are asked for, and our own errors as one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = resolve_name(f"{__name__}.{VERBS[cmd_name][0]}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in VERBS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        from nbprism.compiler.errors import PrismError

        try:
            return super().invoke(ctx)
        except PrismError as error:
            click.echo(f"nbprism: {error}", err=True)
        except BrokenPipeError:
            # Who reads has seen enough (`| head`); what is left in the buffer has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(SIGPIPE_EXIT)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"nbprism: {where}{error.strerror or error}", err=True)
        sys.exit(REFUSED)


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nbprism")
def main() -> None:
    """Split a notebook into Ray tasks, run them, and read the results."""
