"""A cell that runs on the cluster, and what comes back of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbprism.compiler.code.magics import parse_cell
from nbprism.offload.capture import CELL, KERNEL, Capture
from nbprism.offload.known import known_in
from nbprism.offload.refill import refill
from nbprism.offload.widgets import Twins
from nbprism.results.display import show
from nbprism.results.errors import RunUnsuccessful
from nbprism.results.run import Run
from nbprism.runner import events as ev
from nbprism.runner import launch
from nbprism.runner.artifacts import parcel, rebuild
from nbprism.runner.artifacts.parcel import Entry
from nbprism.runner.artifacts.placeholder import Placeholder
from nbprism.runner.following import follow
from nbprism.runner.options import RunOptions
from nbprism.runner.store import Store


class RemoteCell:
    """A cell on its way; `result()` waits for it and puts what it binds into the kernel."""

    def __init__(self, run: Run, capture: Capture, namespace: dict[str, Any]) -> None:
        self.run = run
        self._capture = capture
        self._namespace = namespace
        self._sent = {name: namespace[name] for name in capture.inputs}
        self._bound: dict[str, Any] | None = None

    @property
    def done(self) -> bool:
        """Whether the cell has ended, well or not."""
        return self.run.ended

    def result(self, timeout_s: float | None = None) -> Mapping[str, Any]:
        """Wait for the cell, bind its names in the kernel, and return them with their values.

        Raises:
            RunUnsuccessful: the cell raised there, or could not run; nothing is bound.
            TimeoutError: it has not ended within `timeout_s` seconds; it goes on.
        """
        if self._bound is None:
            self.run.wait(timeout_s)
            self._bound = self._bind()
        return self._bound

    def stream(self) -> None:
        """Display what the cell writes, here, until it has ended. Interrupting cancels it."""
        from IPython.display import clear_output

        twins = Twins()
        for event in follow(self.run.folder):
            if not isinstance(event, ev.CellOutput) or event.cell != CELL:
                continue
            for op in event.ops:
                if op["op"] == "clear":
                    clear_output(wait=op["wait"])  # type: ignore[no-untyped-call]
                elif op["op"] == "widget":
                    twins.take(op)
                elif op["op"] == "append":
                    show(op["output"], op.get("display_id"), widgets=twins)
                else:
                    show(op["output"], op["display_id"], update=True, widgets=twins)

    def _bind(self) -> dict[str, Any]:
        step = self.run[CELL]
        if step.state not in {"succeeded", "reused"}:
            raise RunUnsuccessful(_why(self.run))
        entries = self._entries()
        for name in entries:
            step.artifacts[name].bring_home()
        for source in self._capture.definitions:
            code = compile(parse_cell(source).text, f"<cell of {self.run.id}>", "exec")
            exec(code, self._namespace)  # noqa: S102 - the user's own
        # All at once: values that share something there share it here.
        with rebuild.renewing():
            bound = parcel.unpack(self.run.folder.store, entries, self._namespace)
        for name, value in bound.items():
            bound[name] = self._put(name, value, alone=_is_alone(name, entries))
        known_in(self.run.folder.store).note(bound, entries)
        for name in self._gone(entries):
            self._namespace.pop(name, None)
        self._sent = {}  # a cell that is over keeps nothing alive
        return bound

    def _entries(self) -> dict[str, Entry]:
        """Return the entries of what the cell bound, and of what it changed unforeseen."""
        step = self.run[CELL]
        given, names = step.artifacts, dict.fromkeys([*self._capture.outputs, *step.changed])
        return {name: dict(given[name].entry) for name in names}

    def _put(self, name: str, value: Any, *, alone: bool) -> Any:
        """Bind what came back, in the object that was sent if the cell only changed it."""
        sent = self._sent.get(name)
        if name not in self._sent or not self._capture.effects.keeps(name):
            self._namespace[name] = value
            return value
        if type(value) is Placeholder:
            return sent  # better as it was than not at all; `notes` says so
        if alone and refill(sent, value):
            return sent
        for other in [key for key, held in self._namespace.items() if held is sent]:
            self._namespace[other] = value
        return value

    def _gone(self, entries: Mapping[str, Entry]) -> Iterator[str]:
        """Yield the names that the cell left without a value."""
        yield from (name for name, entry in entries.items() if entry.get("absent"))
        yield from self._capture.effects.deleted - entries.keys()

    def notes(self) -> Iterator[str]:
        """Yield what to know of names whose values could not come back."""
        for name, entry in self._entries().items():
            if "placeholder" in entry and name not in self._capture.effects.opened:
                yield entry["unsupported"]

    def __repr__(self) -> str:
        names = ", ".join(self._capture.outputs) or "nothing"
        return f"<RemoteCell {self.run.id}: {self.run.state}, binds {names}>"


def send(
    capture: Capture,
    namespace: dict[str, Any],
    *,
    cluster: str = "local",
    folder: Path | None = None,
) -> RemoteCell:
    """Put the cell's inputs into the store beside `folder` and submit its unit.

    Raises:
        PlanRejected: the step can never be placed.
        StoreFull: the inputs do not fit into the store.
    """
    home = (folder or Path.cwd()).absolute()
    store = Store(home / ".nbprism")
    store.prepare()
    values = {name: namespace[name] for name in capture.inputs}
    known = known_in(store.root)
    entries = parcel.pack(store.root, KERNEL, values, namespace, known=known.of(values))
    known.note(values, entries)
    plan = capture.given(entries)
    place = home / f"{plan.pipeline}.ipynb"
    # Who runs a cell wants it to run, also if it ran before.
    options = RunOptions(cache=False)
    run = launch.submit(store, plan, notebook_path=place, cluster=cluster, options=options)
    return RemoteCell(Run(run), capture, namespace)


def _is_alone(name: str, entries: Mapping[str, Entry]) -> bool:
    """Return whether a value shares nothing with another that came back."""
    group = entries[name].get("group")
    return [entry.get("group") for entry in entries.values()].count(group) == 1


def _why(run: Run) -> str:
    error = run.error
    if error is None:
        return f"The cell did not run to its end: it is {run.state}."
    line = f" (line {error.line})" if error.line else ""
    where = "in the cell" if error.cell == CELL else "before the cell began"
    return f"{error.ename} {where}{line}: {error.evalue} {error.hint}".strip()
