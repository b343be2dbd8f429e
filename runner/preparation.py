"""What is to run: a notebook, compiled once, with where and how; the same for every door."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbprism.compiler import (  # fmt: skip
    Notebook,
    Pipeline,
    Plan,
    compile_notebook,
    make_plan,
    read_notebook,
    with_settings,
)
from nbprism.compiler.errors import PlanRejected
from nbprism.runner import launch
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.reuse.forecast import Forecast, forecast
from nbprism.runner.store import RunFolder, Store

Point = dict[str, Any]
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """A notebook ready to be run, any number of times."""

    path: Path
    """Of the notebook's file; what the notebook says may be newer."""
    notebook: Notebook
    pipeline: Pipeline
    """With its diagnostics; a plan is refused while there are errors among them."""
    store: Store
    cluster: str
    options: RunOptions

    def submit(self, parameters: Mapping[str, Any], *, submit_key: str | None = None) -> RunFolder:
        """Start a run. Errors are those of `launch.submit`."""
        return launch.submit(
            self.store,
            self.plan(parameters),
            notebook_path=self.path,
            cluster=self.cluster,
            options=self.options,
            submit_key=submit_key,
        )

    def submit_sweep(
        self, points: Iterable[Point], *, submit_key: str | None = None
    ) -> list[RunFolder]:
        """Start a run for each point. Errors are those of `launch.submit_sweep`."""
        return launch.submit_sweep(
            self.store,
            [self.plan(point) for point in points],
            notebook_path=self.path,
            cluster=self.cluster,
            options=self.options,
            submit_key=submit_key,
        )

    def rehearse(self, parameters: Mapping[str, Any]) -> Forecast:
        """Return what a run would do, refused for the same reasons as that run."""
        plan = self.plan(parameters)
        launch.check(plan, cluster=self.cluster)
        return self.forecast(plan)

    def forecast(self, plan: Plan) -> Forecast:
        """Return what a run would do, as this machine knows it: the cluster is not asked.

        Raises:
            PlanRejected: the options do not fit the plan.
        """
        launch.check_options(plan, self.store, self.path, self.options)
        return forecast(plan, self.store.root, self.path, self.options)

    def plan(self, parameters: Mapping[str, Any]) -> Plan:
        """Return what a run with these parameters would do. Errors are those of `make_plan`."""
        return make_plan(self.notebook, self.pipeline, parameters)


def prepare(
    path: Path,
    *,
    settings: Settings | None = None,
    store: Path | str | None = None,
    cluster: str = "local",
    options: RunOptions = USUAL,
) -> Preparation:
    """Return the notebook at `path`, compiled with these settings in place of its own.

    Raises:
        NotebookUnreadable: there is no such notebook, or it is none.
        PlanRejected: it has no such step, or steps have no such setting.
    """
    notebook = with_settings(read_notebook(path), settings or {})
    return Preparation(
        path=path,
        notebook=notebook,
        pipeline=compile_notebook(notebook),
        store=Store.beside(path) if store is None else Store(Path(store)),
        cluster=cluster,
        options=options,
    )


def points_of(grid: Mapping[str, Iterable[Any]], fixed: Mapping[str, Any]) -> list[Point]:
    """Return the parameter values of each run: every combination, the last name changing fastest.

    Raises:
        PlanRejected: there is nothing to vary, or a name has no list of values, or is given twice,
            or there would be too many runs.
    """
    if not grid:
        raise PlanRejected('A sweep needs values to try, as in {"lr": [0.1, 0.01]}.')
    for name in grid:
        if name in fixed:
            raise PlanRejected(f"The parameter '{name}' is given twice: to try, and as fixed.")
    tried = [_listed(name, values) for name, values in grid.items()]
    launch.check_size(math.prod(map(len, tried)))  # before they are all written out
    return [{**fixed, **dict(zip(grid, point, strict=True))} for point in itertools.product(*tried)]


def _listed(name: str, values: Any) -> list[Any]:
    # Arrays and series give Python's own numbers so, and only those are parameters.
    plain = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(plain, str | bytes) or not isinstance(plain, Iterable) or not (found := [*plain]):
        raise PlanRejected(
            f"The values to try of '{name}' are {values!r}; give a list of one or more, as in "
            f'{{"{name}": [0.1, 0.01]}}.'
        )
    return found
