"""What the server can do with notebooks and runs.

Knows no HTTP and no event loop: every method takes and returns plain values, may take a while, and
raises `PrismError`s. Nothing here imports Ray or loads a pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner import launch
from nbprism.runner.errors import LogUnreadable
from nbprism.runner.events import Failure
from nbprism.runner.store import RunFolder, Store
from nbprism.server_ext.bodies import CompileRequest, SubmitRequest
from nbprism.server_ext.errors import ExecutedMissing, FolderMissing, PipelineHasErrors
from nbprism.server_ext.roots import ContentsRoot
from nbprism.server_ext.summaries import Summaries


@dataclass(frozen=True, slots=True)
class PrismService:
    """Compiles, submits, lists and cancels, for notebooks inside one root folder."""

    root: ContentsRoot
    cluster: str
    summaries: Summaries = field(default_factory=Summaries)

    def compile(self, request: CompileRequest) -> dict[str, Any]:
        """Return the JSON form of the pipeline of the notebook that the browser holds.

        Raises:
            NotebookUnreadable: it is not a notebook nbprism can use.
        """
        file = self.root.notebook(request.path)
        return compile_notebook(_read(request.notebook, file)).to_json()

    def submit(self, request: SubmitRequest) -> dict[str, Any]:
        """Start a run of the notebook as it is in the request, and return its summary.

        Raises:
            PipelineHasErrors: the notebook cannot run as it is.
            PlanRejected: the parameters do not fit, or a step can never be placed.
        """
        file = self.root.notebook(request.path)
        if not file.parent.is_dir():
            raise FolderMissing(f"The folder of {request.path!r} does not exist. Save it first.")
        notebook = _read(request.notebook, file)
        pipeline = compile_notebook(notebook)
        if pipeline.errors:
            raise PipelineHasErrors(pipeline.diagnostics)
        run = launch.submit(
            Store.beside(file),
            make_plan(notebook, pipeline, request.parameters),
            notebook_path=file,
            cluster=self.cluster,
            submit_key=request.submit_key,
        )
        return run.summary()

    def runs(self, path: str) -> list[dict[str, Any]]:
        """Return the summaries of the runs of one notebook, newest first."""
        file = self.root.notebook(path)
        summaries = (self._summary(run, file) for run in Store.beside(file).runs())
        return [summary for summary in summaries if _is_of(summary, file)]

    def run(self, path: str, run: str) -> RunFolder:
        """Return one run, to follow its events.

        Raises:
            RunNotFound: the notebook's store has no such run.
        """
        return Store.beside(self.root.notebook(path)).run(run)

    def summary(self, path: str, run: str) -> dict[str, Any]:
        """Return the summary of one run."""
        return self.summaries.of(self.run(path, run))

    def executed(self, path: str, run: str) -> bytes:
        """Return the whole notebook as a run executed it, in JSON.

        Raises:
            ExecutedMissing: the run has not written it, or not yet.
        """
        try:
            return self.run(path, run).executed_path().read_bytes()
        except FileNotFoundError as error:
            raise ExecutedMissing(f"Run {run} has written no executed notebook yet.") from error

    def cancel(self, path: str, run: str) -> dict[str, Any]:
        """Ask a run to stop, and return its summary.

        Raises:
            RunConflict: it is already over.
        """
        folder = self.run(path, run)
        folder.request_cancel()
        return folder.summary()

    def _summary(self, run: RunFolder, file: Path) -> dict[str, Any]:
        """Return the run in short; one damaged log must not hide the other runs."""
        try:
            return self.summaries.of(run)
        except LogUnreadable as error:
            return _without_log(run, file, error)


def _read(notebook: Mapping[str, Any], file: Path) -> Any:
    return read_notebook(notebook, name=file.stem)


def _without_log(run: RunFolder, file: Path, error: LogUnreadable) -> dict[str, Any]:
    failure = Failure(code=error.code, ename=type(error).__name__, evalue=str(error))
    return {
        "run": run.id,
        "state": "lost",
        "notebook": str(file),
        "pipeline": file.stem,
        "created_at": run.path.stat().st_mtime,
        "duration_s": None,
        "parameters": {},
        "metrics": {},
        "steps": {},
        "executed": None,
        "error": {"step": None, **failure.to_json()},
    }


def _is_of(summary: Mapping[str, Any], file: Path) -> bool:
    """Whether a run is of this notebook, and not of another one in the same folder."""
    return Path(str(summary["notebook"])).name == file.name
