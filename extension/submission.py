"""Submitting a notebook from Python: what the panel's Run button does, in a line of code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbprism.compiler.errors import NotebookUnreadable
from nbprism.results.plainly import plainly
from nbprism.results.run import Run
from nbprism.results.sweep import Sweep
from nbprism.runner.options import RunOptions
from nbprism.runner.preparation import Settings, points_of, prepare
from nbprism.runner.reuse.forecast import Forecast


@plainly
def submit(  # noqa: PLR0913 - what a run can be told, by name
    notebook: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    cluster: str = "local",
    store: Path | str | None = None,
    cache: bool = True,
    from_step: str | None = None,
    only_step: str | None = None,
) -> Run:
    """Start a run of a notebook and return it at once; `await run` or `run.wait()` waits for it.

    Args:
        notebook: the file, as saved. Default: the notebook that this kernel belongs to.
        parameters: name -> value, in place of the defaults in its `parameters` cell.
        settings: step -> setting -> value, in place of those in its metadata, for this run only:
            `{"train": {"gpus": 0, "memory": "2GB"}}`.
        cluster: where the steps run.
        store: where runs and artifacts are kept. Default: `.nbprism` next to the notebook.
        cache: whether steps that did not change are taken from earlier runs.
        from_step: this step and all after it run, even if nothing about them changed.
        only_step: only this step runs; what it needs must be there from earlier runs.

    Raises:
        NotebookUnreadable: there is no such notebook, or it is none.
        PlanRejected: it has errors, a parameter or setting is wrong, a step fits nowhere or is not
            there, or what the only step needs is not.

    Example:
        >>> run = nbprism.submit("train.ipynb", parameters={"lr": 0.1})
        >>> run.wait().metrics
        {'accuracy': 0.9}
        >>> again = nbprism.submit("train.ipynb", parameters={"lr": 0.1}, from_step="report").wait()
        >>> {name: step.state for name, step in again.items()}
        {'load': 'reused', 'train': 'reused', 'report': 'succeeded'}
    """
    options = RunOptions(cache=cache, from_step=from_step, only_step=only_step)
    ready = prepare(
        _place(notebook), settings=settings, store=store, cluster=cluster, options=options
    )
    return Run(ready.submit(parameters or {}))


@plainly
def run(  # noqa: PLR0913 - what a run can be told, by name
    notebook: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    cluster: str = "local",
    store: Path | str | None = None,
    cache: bool = True,
    from_step: str | None = None,
    only_step: str | None = None,
) -> Run:
    """Run a notebook, show how it goes, and return the run when it has ended, whatever the end.

    Arguments and errors are those of `submit`. Interrupting the kernel, or Ctrl-C, cancels the run.

    Example:
        >>> run = nbprism.run("train.ipynb", cache=False)  # doctest: +ELLIPSIS
        Looking for the local Ray, starting it, or waiting for a turn on it ...
        ...
        >>> run["train"]["model"]
        {'lr': 0.5}
    """
    started = submit(
        notebook,
        parameters=parameters,
        settings=settings,
        cluster=cluster,
        store=store,
        cache=cache,
        from_step=from_step,
        only_step=only_step,
    )
    return started.show(wait=True)


@plainly
def sweep(  # noqa: PLR0913 - what a run can be told, by name
    notebook: Path | str | None,
    grid: Mapping[str, Iterable[Any]],
    *,
    parameters: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    cluster: str = "local",
    store: Path | str | None = None,
    cache: bool = True,
) -> Sweep:
    """Start a run for each combination of values, and return them all at once.

    `await sweep` or `sweep.wait()` waits for them. `grid` says of each parameter which values to
    try: a list, an array or a range; `parameters` gives those that are the same in every run. The
    other arguments are those of `submit`; None for `notebook` is the one this kernel belongs to.

    Raises:
        PlanRejected: besides what `submit` says: there are no values to try, or too many.

    Example:
        >>> sweep = nbprism.sweep("train.ipynb", {"lr": [0.1, 0.2]})
        >>> sweep.wait().table[["state", "parameters.lr", "metrics.accuracy"]].values.tolist()
        [['succeeded', 0.1, 0.9], ['succeeded', 0.2, 0.8]]
    """
    options = RunOptions(cache=cache)
    ready = prepare(
        _place(notebook), settings=settings, store=store, cluster=cluster, options=options
    )
    return Sweep(map(Run, ready.submit_sweep(points_of(grid, parameters or {}))))


@plainly
def forecast(  # noqa: PLR0913 - what a run can be told, by name
    notebook: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    cluster: str = "local",
    store: Path | str | None = None,
    cache: bool = True,
    from_step: str | None = None,
    only_step: str | None = None,
) -> Forecast:
    """Return what `submit` with these arguments would do, step by step and why; nothing runs.

    Errors are those of `submit`. It is what `nbprism run --dry-run` prints.

    Example:
        >>> told = nbprism.forecast("train.ipynb", parameters={"lr": 0.3})
        >>> [(step.step, step.action) for step in told.steps]
        [('load', 'reuse'), ('train', 'run'), ('report', 'run')]
        >>> told.step("train").causes[0].code
        'parameter-changed'
    """
    options = RunOptions(cache=cache, from_step=from_step, only_step=only_step)
    ready = prepare(
        _place(notebook), settings=settings, store=store, cluster=cluster, options=options
    )
    return ready.rehearse(parameters or {})


def _place(notebook: Path | str | None) -> Path:
    return this_notebook() if notebook is None else Path(notebook)


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
