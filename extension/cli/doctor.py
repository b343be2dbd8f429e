"""`nbprism doctor`: is everything in place, and if not, what to do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import click
from jupyter_core.paths import jupyter_config_path, jupyter_path

from nbprism.cli.cluster_findings import Finding, findings_of
from nbprism.runner.remote.address import LOCAL, find_cluster

ENOUGH_BYTES: Final = 1_000_000_000


@click.command()
@click.option("--cluster", metavar="NAME|URL", help="Check that runs can go to this cluster.")
def doctor(*, cluster: str | None) -> None:
    """Check that nbprism, Ray and JupyterLab fit together here, or a cluster for runs."""
    findings: list[Finding] = []
    for finding in _findings(cluster):
        findings.append(finding)
        click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}")
        if not finding.ok:
            click.echo(f"     {finding.hint}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _findings(cluster: str | None) -> Iterator[Finding]:
    if cluster is None or cluster == LOCAL:
        return (check() for check in CHECKS)
    return findings_of(find_cluster(cluster))


def _python() -> Finding:
    return Finding(True, f"Python {platform.python_version()} at {sys.executable}")


def _packages() -> Finding:
    names = ("nbprism", "ray", "papermill", "ipykernel", "jupyterlab")
    return Finding(True, ", ".join(f"{name} {metadata.version(name)}" for name in names))


def _engine() -> Finding:
    engines = {point.name for point in metadata.entry_points(group="papermill.engine")}
    return Finding(
        "nbprism" in engines,
        "papermill knows the engine of nbprism",
        "Install nbprism again in this environment: its entry points are missing.",
    )


def _labextension() -> Finding:
    places = [Path(path) / "labextensions" / "nbprism" for path in jupyter_path()]
    return Finding(
        any((place / "package.json").exists() for place in places),
        "JupyterLab finds the panel",
        f"Not in {', '.join(map(str, places))}. Install nbprism again in this environment.",
    )


def _server_extension() -> Finding:
    places = [Path(path) / "jupyter_server_config.d" for path in jupyter_config_path()]
    return Finding(
        any((place / "nbprism.json").exists() for place in places),
        "Jupyter's server loads the server extension",
        "Run `jupyter server extension enable nbprism`, or install nbprism again.",
    )


def _store() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    writable = os.access(Path.cwd(), os.W_OK)
    return Finding(
        writable and free > ENOUGH_BYTES,
        f"{Path.cwd()} can hold a store: {free / 1e9:.0f} GB free",
        "Runs are kept in .nbprism next to the notebook: choose a writable folder with more space.",
    )


CHECKS: Final[tuple[Callable[[], Finding], ...]] = (
    _python, _packages, _engine, _labextension, _server_extension, _store,
)  # fmt: skip
