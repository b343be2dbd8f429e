"""One run, from Python."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from nbprism.compiler.plan import Plan
from nbprism.results.errors import FormatUnknown, RunUnfinished, RunUnsuccessful
from nbprism.results.finding import find_run
from nbprism.results.outputs import StepOutputs
from nbprism.results.place import cell_number
from nbprism.results.step import StepRun
from nbprism.results.timeline import Timeline, timeline_of
from nbprism.runner import launch
from nbprism.runner.errors import RunConflict
from nbprism.runner.events import Event, Failure
from nbprism.runner.flow.state import ENDED_RUNS
from nbprism.runner.following import follow
from nbprism.runner.store import RunFolder, Store

if TYPE_CHECKING:
    from nbformat import NotebookNode

_LOOK_S: Final = 0.05


class Run(Mapping[str, StepRun]):
    """A run of a notebook; `run["train"]["model"]` is an object a step made.

    Attributes tell how the run stands at the moment they are read. A run is found again, in another
    kernel or another process, by `nbprism.runs()` or `Run.find(id)`.

    Example:
        >>> run = nbprism.submit("train.ipynb", parameters={"lr": 0.1}).wait()
        >>> run.state, list(run), run.metrics["accuracy"]
        ('succeeded', ['load', 'train', 'report'], 0.9)
        >>> run["train"].artifacts["model"].type
        'dict'
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._last: dict[str, Any] | None = None
        self._shown_in: int | None = None

    @classmethod
    def find(cls, run: str, store: Path | str | None = None) -> Run:
        """Return the run of that id, or of that unique beginning or end of one.

        Looked for in `store`, or in the stores near the working folder.

        Raises:
            RunNotFound: there is none.
            RunAmbiguous: several fit.
        """
        return cls(find_run(run, None if store is None else Store(Path(store))))

    @property
    def id(self) -> str:
        """The run's name, unique in its store: `20261126-101500-train-3fa9`."""
        return self.folder.id

    @property
    def state(self) -> str:
        """`accepted`, `running`, `cancelling`, `succeeded`, `failed`, `cancelled` or `lost`."""
        return str(self.summary["state"])

    @property
    def ended(self) -> bool:
        """Whether its state will not change any more."""
        return self.state in ENDED_RUNS

    @property
    def summary(self) -> dict[str, Any]:
        """The run in short, as `nbprism show --json` prints it."""
        if self._last is None:
            summary = self.folder.summary()
            if summary["state"] not in ENDED_RUNS:
                return summary
            self._last = summary
        return self._last

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter of the notebook with its value in this run."""
        return dict(self.summary["parameters"])

    @property
    def metrics(self) -> dict[str, Any]:
        """The scalars that its steps reported."""
        return dict(self.summary["metrics"])

    @property
    def created_at(self) -> datetime:
        """When it was accepted, in UTC."""
        return datetime.fromtimestamp(self.summary["created_at"], UTC)

    @property
    def duration_s(self) -> float | None:
        """Seconds it took, or has taken so far; None if that is not known."""
        duration = self.summary["duration_s"]
        return None if duration is None else float(duration)

    @property
    def error(self) -> Failure | None:
        """What went wrong first; None if nothing did, or not yet."""
        form = self.summary["error"]
        return None if form is None else Failure.from_json(form)

    @property
    def timeline(self) -> Timeline:
        """When each attempt of each step ran."""
        return timeline_of(self.folder.events())

    @property
    def outputs(self) -> dict[str, StepOutputs]:
        """What the cells wrote, so far, by step; displaying one displays it as its cells did."""
        return {name: step.outputs for name, step in self.items()}

    @property
    def notebook(self) -> NotebookNode:
        """The whole notebook with the outputs of this run (nbformat 4.5).

        Raises:
            RunUnfinished: the run is still going on.
        """
        import nbformat

        if (path := self.summary["executed"]) is None:
            raise RunUnfinished(f"Run {self.id} is {self.state} and has no executed notebook yet.")
        executed: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        return executed

    def report(self, path: Path | str) -> Path:
        """Write the executed notebook as one HTML file, and return where it is.

        Raises:
            RunUnfinished: the run is still going on.
        """
        from nbprism.server_ext.report import report_of

        place = Path(path)
        place.write_text(report_of(self.notebook, title=self.plan.pipeline), encoding="utf-8")
        return place

    def export(self, path: Path | str) -> Path:
        """Write the run as what the name ends with, and return where it is.

        `.ipynb` is the executed notebook, `.html` the `report`.

        Raises:
            RunUnfinished: the run is still going on.
            FormatUnknown: the name ends with something else.

        Example:
            >>> run.export("executed.ipynb").name, run.export("report.html").exists()
            ('executed.ipynb', True)
        """
        import nbformat

        place = Path(path)
        if place.suffix == ".html":
            return self.report(place)
        if place.suffix != ".ipynb":
            raise FormatUnknown(
                f"A run is written as .ipynb or .html, and '{place.name}' ends with neither."
            )
        nbformat.write(self.notebook, place)  # type: ignore[no-untyped-call]
        return place

    def events(self) -> Iterator[Event]:
        """Yield all its events, waiting for new ones until it has ended."""
        yield from follow(self.folder, cancels=False)

    def wait(self, timeout_s: float | None = None) -> Self:
        """Return when the run has ended, whatever the end.

        Raises:
            TimeoutError: it is still going on after `timeout_s` seconds; it goes on.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.ended:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"Run {self.id} is still {self.state} after {timeout_s:g} s.")
            time.sleep(_LOOK_S)
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._ended().__await__()

    async def _ended(self) -> Self:
        import asyncio  # which a command that only waits need not wait for

        while not self.ended:  # noqa: ASYNC110 - what ends it is another process
            await asyncio.sleep(_LOOK_S)
        return self

    def check(self) -> Self:
        """Return the run if it succeeded; for scripts and tests, where a failure must not pass.

        Raises:
            RunUnsuccessful: it did not; the text says which step failed, and how.
            RunUnfinished: it has not ended.
        """
        if not self.ended:
            raise RunUnfinished(f"Run {self.id} is still {self.state}; `wait()` for it first.")
        if self.state != "succeeded":
            raise RunUnsuccessful(self._why())
        return self

    def _why(self) -> str:
        if (error := self.error) is None:
            return f"Run {self.id} is {self.state}."
        step = (self.summary["error"] or {}).get("step")
        where = f" in step '{step}'" if step else ""
        return (
            f"Run {self.id} {self.state}{where}: {error.ename}: {error.evalue} {error.hint}".strip()
        )

    def cancel(self) -> None:
        """Ask the run to stop; nothing happens if it has ended. `wait()` tells when it has."""
        try:
            self.folder.request_cancel()
        except RunConflict:
            return

    def resume(self, from_step: str | None = None, *, cluster: str | None = None) -> Run:
        """Start a new run of the same snapshot that takes over what this one finished.

        Args:
            from_step: a step that runs again with all after it, even if it had succeeded.
            cluster: where the steps run; default: where this one did.

        Raises:
            RunConflict: this run is still going on.
            PlanRejected: there is no such step, or one fits nowhere.

        Example:
            >>> again = run.resume(from_step="report").wait()
            >>> {name: step.state for name, step in again.items()}
            {'load': 'reused', 'train': 'reused', 'report': 'succeeded'}
        """
        return Run(launch.resume(self.folder, from_step=from_step, cluster=cluster))

    @cached_property
    def plan(self) -> Plan:
        """What was submitted: the units, their parameters, and the notebook as it was."""
        return self.folder.plan()

    def show(self, *, wait: bool = False) -> Self:
        """Show how the run goes, here: live in a notebook, as a table on a terminal.

        With `wait` it returns when the run has ended; interrupting cancels the run then.
        """
        from nbprism.results.view import show_here

        self._shown_in = cell_number()
        show_here(self, wait=wait)
        return self

    def _ipython_display_(self) -> None:
        # A cell that ends with `nbprism.run(...)` has shown it already.
        if self._shown_in is None or self._shown_in != cell_number():
            self.show()

    def __getitem__(self, step: str) -> StepRun:
        form = self.summary["steps"].get(step)
        if form is None:
            raise KeyError(f"run {self.id} has no step '{step}'; its steps are {', '.join(self)}")
        return StepRun(self.folder, self.plan.unit(step), form)

    def __iter__(self) -> Iterator[str]:
        return iter(self.summary["steps"])

    def _ipython_key_completions_(self) -> list[str]:
        """Return what Tab offers within the brackets: its steps."""
        return list(self)

    def __len__(self) -> int:
        return len(self.summary["steps"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.folder.path == other.folder.path

    def __hash__(self) -> int:
        return hash(self.folder.path)

    def __repr__(self) -> str:
        took = "" if self.duration_s is None else f", {self.duration_s:.1f} s"
        return f"<Run {self.id}: {self.state}{took}>"
