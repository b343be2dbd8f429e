"""nbprism splits a notebook into Ray tasks.

run = nbprism.run("train.ipynb", parameters={"lr": 0.1})   # shown live; Ctrl-C cancels
run["train"]["model"]                                      # an object that a step made
run.metrics, run.timeline, run.outputs["train"], run.report("report.html")
nbprism.sweep("train.ipynb", {"lr": [0.1, 0.01]}).wait().table
nbprism.runs("train.ipynb"), nbprism.diff(before, after)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbprism.results import ArtifactRef, Diff, Run, StepRun, Sweep, diff, runs
    from nbprism.submission import forecast, run, submit, sweep

__version__ = "0.1.0"

__all__ = [
    "ArtifactRef", "Diff", "Run", "StepRun", "Sweep",
    "diff", "forecast", "run", "runs", "submit", "sweep",
]  # fmt: skip

_STARTING = ("forecast", "run", "submit", "sweep")


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook or IPython the magics: `%load_ext nbprism`."""
    from nbprism.magics import register

    register(shell)


def __getattr__(name: str) -> Any:
    # Ray's workers and kernels import nbprism too, and must not pay for what only users call.
    if name not in __all__:
        raise AttributeError(f"module 'nbprism' has no attribute {name!r}")
    home = "nbprism.submission" if name in _STARTING else "nbprism.results"
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Return where JupyterLab finds the built extension, in the words it asks for."""
    return [{"src": "labextension", "dest": "nbprism"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return what Jupyter's server loads."""
    # A Ray worker imports nbprism too, and must not pay for a web server.
    from nbprism.server_ext.app import PrismApp

    return [{"module": "nbprism", "app": PrismApp}]
