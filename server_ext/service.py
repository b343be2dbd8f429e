"""What the server can do with notebooks and runs.

Knows no HTTP and no event loop: every method takes and returns plain values, may take a while, and
raises `PrismError`s. Nothing here imports Ray or loads a pickle.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbprism.compiler import read_notebook, suggest
from nbprism.runner import launch
from nbprism.runner.preparation import Preparation, points_of
from nbprism.runner.store import RunFolder, Store
from nbprism.server_ext import metrics
from nbprism.server_ext.bodies import CancelRequest, CompileRequest, ForecastRequest, SubmitRequest
from nbprism.server_ext.clusters import Clusters
from nbprism.server_ext.compilers import Compilers
from nbprism.server_ext.errors import (
    ExecutedMissing,
    FilesElsewhere,
    FolderMissing,
    PipelineHasErrors,
)
from nbprism.server_ext.examples import Examples
from nbprism.server_ext.history import History, RunsQuery
from nbprism.server_ext.offers import Offers
from nbprism.server_ext.results import Results
from nbprism.server_ext.roots import ContentsRoot
from nbprism.server_ext.summaries import Summaries


@dataclass(frozen=True, slots=True)
class PrismService:
    """Compiles, submits, lists and cancels, for notebooks inside one root folder."""

    root: ContentsRoot
    cluster: str
    summaries: Summaries = field(default_factory=Summaries)
    compilers: Compilers = field(default_factory=Compilers)
    offers: Offers = field(default_factory=Offers)

    def compile(self, request: CompileRequest) -> dict[str, Any]:
        """Return the JSON form of the pipeline of the notebook that the browser holds.

        Raises:
            NotebookUnreadable: it is not a notebook nbprism can use.
        """
        file = self.root.notebook(request.path)
        compiler = self.compilers.of(file)
        with metrics.COMPILE_SECONDS.time():
            notebook = compiler.read(request.notebook, name=file.stem, path=file)
            return compiler.compile(notebook).to_json()

    def suggest(self, request: CompileRequest) -> dict[str, Any]:
        """Return the tags a notebook without steps could have, and what it compiles to with them.

        Raises:
            NotebookUnreadable: it is not a notebook nbprism can use.
        """
        file = self.root.notebook(request.path)
        proposal = suggest(read_notebook(request.notebook, name=file.stem))
        tags = {cell: list(tags) for cell, tags in proposal.tags.items()}
        return {"tags": tags, "pipeline": proposal.pipeline.to_json()}

    def offer(self, cluster: str | None) -> dict[str, Any]:
        """Return what a cluster has for steps, asked now; of the usual one where none is named.

        Raises:
            FieldInvalid: there is no cluster of that name.
            ClusterError: it does not answer, or does not let us in.
        """
        return self.offers.of(self.clusters.chosen(cluster))

    @property
    def clusters(self) -> Clusters:
        """Where a run may go."""
        return Clusters(self.cluster)

    def forecast(self, request: ForecastRequest) -> dict[str, Any]:
        """Return what a run of the notebook would reuse and what it would run, and why.

        Raises:
            PipelineHasErrors: the notebook cannot run as it is.
            PlanRejected: the parameters do not fit, or there is no such step.
            FieldInvalid: there is no cluster of the name it chose.
        """
        cluster = self.clusters.chosen(request.cluster)
        ready = self._prepared(request, self.root.notebook(request.path), cluster)
        plan = ready.plan(request.parameters)
        found = ready.forecast(plan).to_json()
        return {**found, "misfits": self.offers.misfits(plan, cluster)}

    def submit(self, request: SubmitRequest) -> dict[str, Any]:
        """Start a run of the notebook as it is in the request, or a sweep; return its summary.

        Of a sweep that is the summary of its last run.

        Raises:
            PipelineHasErrors: the notebook cannot run as it is.
            PlanRejected: the parameters do not fit, or a step can never be placed.
            FieldInvalid: there is no cluster of the name it chose.
        """
        file = self.root.notebook(request.path)
        if not file.parent.is_dir():
            raise FolderMissing(f"The folder of {request.path!r} does not exist. Save it first.")
        ready = self._prepared(request, file, self.clusters.chosen(request.cluster))
        if request.sweep:
            points = points_of(request.sweep, request.parameters)
            runs = ready.submit_sweep(points, submit_key=request.submit_key)
        else:
            runs = [ready.submit(request.parameters, submit_key=request.submit_key)]
        for run in runs:
            metrics.ACTIVE.add(run, ready.cluster)
        return runs[-1].summary()

    def _prepared(
        self, request: SubmitRequest | ForecastRequest, file: Path, cluster: str
    ) -> Preparation:
        compiler = self.compilers.of(file)
        notebook = compiler.read(request.notebook, name=file.stem, path=file)
        pipeline = compiler.compile(notebook)
        if pipeline.errors:
            raise PipelineHasErrors(pipeline.diagnostics)
        return Preparation(
            path=file,
            notebook=notebook,
            pipeline=pipeline,
            store=Store.beside(file),
            cluster=cluster,
            options=request.options,
        )

    @property
    def history(self) -> History:
        """The runs of the root, in lists."""
        return History(self.root, self.summaries)

    @property
    def results(self) -> Results:
        """What runs of the root left."""
        return Results(self.history, self.clusters)

    @property
    def examples(self) -> Examples:
        """The examples, to be copied into the root."""
        return Examples(self.root)

    def attend_all(self) -> None:
        """See to it that runs on other clusters are written down here, after a restart say."""
        with contextlib.suppress(FilesElsewhere):  # then no run has its store there
            self.history.page(RunsQuery())

    def runs(self, query: RunsQuery) -> dict[str, Any]:
        """Return the newest runs that fit the query, and whether there are more."""
        return self.history.page(query).to_json()

    def run(self, path: str, run: str) -> RunFolder:
        """Return one run, to follow its events.

        Raises:
            RunNotFound: the notebook's store has no such run.
        """
        found = Store.beside(self.root.notebook(path)).run(run)
        launch.attend(found)
        return found

    def summary(self, path: str, run: str) -> dict[str, Any]:
        """Return the summary of one run."""
        return self.summaries.of(self.run(path, run))

    def delete(self, path: str, run: str) -> None:
        """Remove a run.

        Raises:
            RunConflict: it is going on, or pinned.
        """
        folder = self.run(path, run)
        Store(folder.store).delete(folder)

    def executed(self, path: str, run: str) -> bytes:
        """Return the whole notebook as a run executed it, in JSON.

        Raises:
            ExecutedMissing: the run has not written it, or not yet.
        """
        try:
            return self.run(path, run).executed_path().read_bytes()
        except FileNotFoundError as error:
            raise ExecutedMissing(f"Run {run} has written no executed notebook yet.") from error

    def cancel(self, request: CancelRequest, run: str) -> dict[str, Any]:
        """Ask a run, or one step of it, to stop, and return the run's summary.

        Raises:
            RunConflict: it is already over, or there is no such step.
        """
        folder = self.run(request.path, run)
        if request.step is None:
            folder.request_cancel()
        else:
            folder.request_step_cancel(request.step)
        return folder.summary()
