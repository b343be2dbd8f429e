"""Submitting a notebook from Python: what the panel's Run button does, in a line of code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbprism.compiler import compile_notebook, make_plan, read_notebook, with_settings
from nbprism.compiler.errors import NotebookUnreadable
from nbprism.results.run import Run
from nbprism.runner import launch
from nbprism.runner.store import Store

Settings = Mapping[str, Mapping[str, Any]]


def submit(
    notebook: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    cluster: str = "local",
    store: Path | str | None = None,
) -> Run:
    """Start a run of a notebook and return it at once; `await run` or `run.wait()` waits for it.

    Args:
        notebook: the file, as saved. Default: the notebook that this kernel belongs to.
        parameters: name -> value, in place of the defaults in its `parameters` cell.
        settings: step -> setting -> value, in place of those in its metadata, for this run only:
            `{"train": {"gpus": 0, "memory": "2GB"}}`.
        cluster: where the steps run.
        store: where runs and artifacts are kept. Default: `.nbprism` next to the notebook.

    Raises:
        NotebookUnreadable: there is no such notebook, or it is none.
        PlanRejected: it has errors, a parameter or setting is wrong, or a step fits nowhere.

    Example:
        >>> run = nbprism.submit("train.ipynb", parameters={"lr": 0.1})
        >>> run.wait().metrics
        {'accuracy': 0.9}
    """
    path = this_notebook() if notebook is None else Path(notebook)
    source = with_settings(read_notebook(path), settings or {})
    plan = make_plan(source, compile_notebook(source), parameters or {})
    place = Store.beside(path) if store is None else Store(Path(store))
    return Run(launch.submit(place, plan, notebook_path=path, cluster=cluster))


def run(
    notebook: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    cluster: str = "local",
    store: Path | str | None = None,
) -> Run:
    """Run a notebook, show how it goes, and return the run when it has ended, whatever the end.

    Arguments and errors are those of `submit`. Interrupting the kernel, or Ctrl-C, cancels the run.

    Example:
        >>> run = nbprism.run("train.ipynb")  # doctest: +ELLIPSIS
        Looking for the local Ray, or starting it ...
        ...
        >>> run["train"]["model"]
        {'lr': 0.5}
    """
    started = submit(
        notebook, parameters=parameters, settings=settings, cluster=cluster, store=store
    )
    return started.show(wait=True)


def this_notebook() -> Path:
    """Return the file of the notebook that this kernel belongs to.

    Raises:
        NotebookUnreadable: this is no kernel of a notebook, or the editor does not tell.
    """
    # Jupyter tells in the environment, VS Code in the namespace.
    main = vars(sys.modules["__main__"])
    told = main.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    if told and (path := Path(told)).suffix == ".ipynb" and path.exists():
        return path
    raise NotebookUnreadable(
        "Which notebook? This kernel does not know its own: give its path, as in "
        'nbprism.run("train.ipynb").'
    )
