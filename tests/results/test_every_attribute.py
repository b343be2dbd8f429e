"""Every public attribute of a run, whatever became of the run: a value of its type, or an error
that the documentation names, never anything else."""

from __future__ import annotations

import itertools
import json
import sys
import time
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

import nbprism
from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.errors import (
    ArtifactMissing,
    LogUnreadable,
    NotebookUnreadable,
    PrismError,
    RunNotFound,
    RunUnfinished,
)  # fmt: skip
from nbprism.results.timeline import Timeline
from nbprism.runner import events as ev
from nbprism.runner import layout
from nbprism.runner.artifacts import parcel
from nbprism.runner.locks import held
from nbprism.runner.log import LogWriter
from nbprism.runner.store import RunFolder, Store

ERROR = ev.Failure(code="cell-failed", ename="ValueError", evalue="no", cell="make", line=1)


def folder_in(store: Store) -> RunFolder:
    """Leave a run in the store that nobody has begun with."""
    cells = [
        {
            "id": step, "cell_type": "code", "source": code, "outputs": [],
            "execution_count": None, "metadata": {"tags": [f"step:{step}"]},
        }
        for step, code in (("make", "x = [1, 2]"), ("use", "print(x)"))
    ]  # fmt: skip
    form = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    notebook = read_notebook(form, name="walk")
    plan = make_plan(notebook, compile_notebook(notebook), {})
    return store.create_run(plan, notebook_path=store.root.parent / "walk.ipynb")


def write(folder: RunFolder, *events: ev.Event) -> None:
    with LogWriter(folder.log_path) as log:
        log.append(list(events))


def numbered() -> Callable[..., dict[str, Any]]:
    """Return what gives each event its number and time."""
    numbers = itertools.count(2)
    return lambda **fields: {"seq": next(numbers), "at": time.time(), **fields}


def made(folder: RunFolder) -> Iterator[ev.Event]:
    """Yield the events of a first step that succeeded, with what it left in the store."""
    entries = parcel.pack(folder.store, "make", {"x": [1, 2]}, {})
    place = layout.manifest(folder.path, "make", None)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"schema": 1, "step": "make", "outputs": entries, "metrics": {}}))
    step = {"step": "make", "attempt": 1}
    yield ev.StepStarted(seq=4, at=time.time(), pid=1, **step)
    yield ev.StepSucceeded(seq=5, at=time.time(), duration_s=0.5, outputs=(), **step)


def accepted(folder: RunFolder) -> None:
    """Only asked for; its driver may yet come."""


def running(folder: RunFolder) -> None:
    write(
        folder,
        ev.RunStarted(seq=2, at=time.time(), driver_pid=1),
        ev.StepQueued(seq=3, at=time.time(), step="make", attempt=1),
        *made(folder),
    )


def succeeded(folder: RunFolder) -> None:
    running(folder)
    executed = folder.path / "executed.ipynb"
    executed.write_bytes((folder.path / "notebook.ipynb").read_bytes())
    with LogWriter(folder.log_path) as log:
        log.append([
            ev.StepSkipped(seq=6, at=time.time(), step="use", reason="left out"),
            ev.RunSucceeded(
                seq=7, at=time.time(), duration_s=1.0, metrics={"n": 2}, executed=str(executed)
            ),
        ])  # fmt: skip


def failed(folder: RunFolder) -> None:
    at = numbered()
    step = {"step": "make", "attempt": 1}
    write(
        folder,
        ev.RunStarted(**at(driver_pid=1)),
        ev.StepQueued(**at(**step)),
        ev.StepStarted(**at(pid=1, **step)),
        ev.StepFailed(**at(duration_s=0.1, error=ERROR, will_retry=False, **step)),
        ev.StepSkipped(**at(step="use", reason="`make` failed")),
        ev.RunFailed(**at(duration_s=0.2, metrics={}, executed=None, step="make", error=ERROR)),
    )


def cancelled(folder: RunFolder) -> None:
    at = numbered()
    write(
        folder,
        ev.RunStarted(**at(driver_pid=1)),
        ev.RunCancelling(**at()),
        ev.RunCancelled(**at(duration_s=0.2, metrics={}, executed=None)),
    )


STATES = [accepted, running, succeeded, failed, cancelled]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".nbprism")


@pytest.fixture(params=[*STATES, "lost"], ids=lambda state: getattr(state, "__name__", state))
def run(request: pytest.FixtureRequest, store: Store) -> Iterator[nbprism.Run]:
    """Give a run of each state; the driver of one that goes on lives."""
    folder = folder_in(store)
    if request.param == "lost":
        running(folder)  # and nobody holds its lock
        yield nbprism.Run(folder)
        return
    request.param(folder)
    with held(folder.lock_path):
        yield nbprism.Run(folder)


def walked(thing: Any) -> dict[str, Any]:
    """Read every public attribute, each of the type it says; an error is a value too."""
    found: dict[str, Any] = {}
    for name in dir(type(thing)):
        attribute = getattr(type(thing), name)
        getter = getattr(attribute, "fget", getattr(attribute, "func", None))
        if name.startswith("_") or getter is None:
            continue
        try:
            found[name] = getattr(thing, name)
        except PrismError as error:
            found[name] = error
            continue
        home = vars(sys.modules[getter.__module__])
        hint = typing.get_type_hints(getter, {**home, **KNOWN})["return"]
        assert _is_of(found[name], hint), (name, found[name], hint)
    return found


KNOWN = {"NotebookNode": dict, "pd": pd}
"""What modules import for type checkers only."""


def _is_of(value: Any, hint: Any) -> bool:
    if hint is Any:
        return True
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return any(_is_of(value, part) for part in typing.get_args(hint))
    return isinstance(value, typing.get_origin(hint) or hint)


def test_outputs_of_a_step_that_runs_are_those_so_far(tmp_path: Path) -> None:
    folder = folder_in(Store(tmp_path / ".nbprism"))
    at, step = numbered(), {"step": "make", "attempt": 1}
    line = {"output_type": "stream", "name": "stdout", "text": "1 of 2\n"}
    write(
        folder,
        ev.RunStarted(**at(driver_pid=1)),
        ev.StepQueued(**at(**step)),
        ev.StepStarted(**at(pid=1, **step)),
        ev.CellStarted(**at(cell="make", **step)),
        ev.CellOutput(**at(cell="make", ops=({"op": "append", "output": line},), **step)),
    )
    with held(folder.lock_path):
        outputs = nbprism.Run(folder).outputs
    assert (outputs["make"].text, outputs["use"].text) == ("1 of 2\n", "")


def test_every_attribute_is_what_it_says(run: nbprism.Run) -> None:
    told = walked(run)
    # A fixture's id is the state it makes.
    assert told["state"] in {"accepted", "running", "succeeded", "failed", "cancelled", "lost"}
    assert isinstance(told["timeline"], Timeline)
    assert (type(told["notebook"]) is RunUnfinished) == (told["state"] != "succeeded")
    for text in (repr(run), repr(run.timeline), repr(run.outputs)):
        assert "object at 0x" not in text
    for name, step in run.items():
        of_step = walked(step)
        assert of_step["name"] == name
        assert of_step["code"]
        for ref in (*step.artifacts.values(), *step.inputs.values()):
            assert walked(ref)["bytes"]
            assert ref.load() == [1, 2]
    assert nbprism.diff(run, run) == nbprism.diff(run, run)
    assert not nbprism.diff(run, run)
    assert nbprism.runs(store=run.folder.store).loc[run.id, "state"] == run.state


def test_a_value_that_is_not_there_is_asked_for_in_vain_with_a_reason(run: nbprism.Run) -> None:
    with pytest.raises(KeyError, match="its steps are make, use"):
        run["mak"]
    with pytest.raises(ArtifactMissing, match=r"has no 'model'\. It gave"):
        run["make"]["model"]
    if run["make"].state == "succeeded":
        assert list(run["make"]) == ["x"]
        assert run["use"].inputs["x"].load() == [1, 2]


@pytest.mark.parametrize(
    "damage",
    [b"", b"not json\n", b'{"seq": 1}\n', b'{"kind": "run-accepted", "seq": 1, "schema": 99}\n'],
)
def test_a_log_that_cannot_be_read_says_so_everywhere(store: Store, damage: bytes) -> None:
    folder = folder_in(store)
    folder.log_path.write_bytes(damage)
    run = nbprism.Run(folder)
    with pytest.raises(LogUnreadable):
        _ = run.state
    assert nbprism.runs(store=store.root).loc[run.id, "state"] == "lost"


def test_tab_offers_the_steps_of_a_run_and_what_a_step_gave(store: Store) -> None:
    folder = folder_in(store)
    running(folder)
    run = nbprism.Run(folder)
    completer = IPCompleter(namespace={"run": run, "step": run["make"]})
    for code, offered in {'run["': {"make", "use"}, 'step["': {"x"}}.items():
        with provisionalcompleter():
            assert {one.text for one in completer.completions(code, len(code))} == offered


def test_runs_are_compared_by_what_they_are_found_by(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store.root.parent)
    first, second = folder_in(store), folder_in(store)
    found = nbprism.diff(first.id, nbprism.Run(second))
    assert (found.a, found.b, bool(found)) == (first.id, second.id, False)
    with pytest.raises(RunNotFound):
        nbprism.diff(first.id, "no such run")


def test_the_runs_of_a_notebook_that_never_was_are_refused(store: Store) -> None:
    folder_in(store)
    place = store.root.parent
    assert len(nbprism.runs(place / "walk.ipynb")) == 1  # the file itself is gone
    with pytest.raises(NotebookUnreadable, match="has left no runs"):
        nbprism.runs(place / "wlak.ipynb")
