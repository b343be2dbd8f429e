"""Where runs are kept: a folder per run, made whole or not at all.

The log in it is the truth about the run; everything said here about a run is told from its log.
Values that cross between steps are the business of `artifacts/`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nbprism.compiler import read_plan, write_plan
from nbprism.compiler.plan import Plan
from nbprism.runner import layout
from nbprism.runner.errors import LogUnreadable, RunConflict, RunNotFound, StoreError, StoreFull
from nbprism.runner.events import Event, RunAccepted
from nbprism.runner.files import temporary_beside, write_atomically
from nbprism.runner.flow.state import ENDED_RUNS, ENDED_STEPS, RunState
from nbprism.runner.locks import held, is_held
from nbprism.runner.log import LogTail, read_events, write_log
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.reading import read_acceptance, read_state
from nbprism.runner.summary import summarise, unreadable
from nbprism.runner.unheard import Unheard

RUN_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,40}-[0-9a-f]{4}")
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+:/")
"""How an address begins, also after it was taken for a path, which has no two slashes in a row."""
STAMP: Final = "%Y%m%d-%H%M%S"
CANCELLED_STEPS: Final = "cancelled-steps"
"""Folder of a run with a mark for each step that somebody asked to stop."""
CLAIM_DEADLINE_S: Final = 5.0
"""How long a submit key may point at a run that is still being made."""


class RunFolder:
    """One run in a store: its plan, its log, what it left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    @property
    def store(self) -> Path:
        """The root of the store that the run is in."""
        return self.path.parent.parent

    @property
    def log_path(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def lock_path(self) -> Path:
        return self.path / "driver.lock"

    @property
    def driver_log_path(self) -> Path:
        return self.path / "driver.log"

    @property
    def cancel_path(self) -> Path:
        return self.path / "cancel"

    @property
    def pin_path(self) -> Path:
        return self.path / "pinned"

    def plan(self) -> Plan:
        return read_plan(self.path)

    def events(self, after: int = 0) -> list[Event]:
        """Return the events whose `seq` is above `after`, as far as they are written."""
        return read_events(self.log_path, after=after)

    def tail(self, after: int = 0) -> LogTail:
        """Return a reader that gives, at each `read()`, the events it has not given before."""
        return LogTail(self.log_path, after=after)

    def state(self) -> RunState:
        """Return what the log says, cell chatter left out.

        Raises:
            LogUnreadable: it says nothing that can be understood.
        """
        return read_state(self.log_path)

    def notebook(self) -> Path | None:
        """Return the notebook the run is of, if the log says so."""
        try:
            return Path(read_acceptance(self.log_path).notebook)
        except LogUnreadable:
            return None

    def summary(self) -> dict[str, Any]:
        """Return the run in short (design: command line), `lost` runs recognised.

        Raises:
            LogUnreadable: the log says nothing that can be understood.
        """
        # Asked before the log is read: a driver that ends in between has written its last event.
        alive = self.is_alive()
        unheard = Unheard.of(self.path)
        return summarise(self.state(), alive=alive, now=time.time(), unheard=unheard)

    def listed(self) -> dict[str, Any]:
        """Return the summary; of a run whose log cannot be read, one that says why.

        One damaged run must not hide the others.
        """
        try:
            return self.summary()
        except LogUnreadable as error:
            return unreadable(
                run=self.id,
                notebook=str(self.notebook() or ""),
                pipeline=self.id[16:-5],
                created_at=_stamped(self.id),
                error=error,
            )

    def is_alive(self) -> bool:
        """Return whether a driver is leading this run now."""
        return is_held(self.lock_path)

    def request_cancel(self) -> None:
        """Ask the driver to stop the run; asking twice is the same as once.

        Raises:
            RunConflict: the run has ended.
        """
        state = self.summary()["state"]
        if state in ENDED_RUNS:
            raise RunConflict(f"Run {self.id} cannot be cancelled: it is {state} already.")
        self.cancel_path.touch()

    def cancel_requested(self) -> bool:
        return self.cancel_path.exists()

    def request_step_cancel(self, step: str) -> None:
        """Ask the driver to stop one step; the others go on, what needs it is skipped.

        Raises:
            RunConflict: the step has ended, or there is none of that name.
        """
        summary = self.summary()
        known = summary["steps"].get(step)
        cannot = f"Step '{step}' of run {self.id} cannot be cancelled:"
        if known is None:
            raise RunConflict(f"{cannot} the steps are {', '.join(summary['steps'])}.")
        if summary["state"] in ENDED_RUNS or known["state"] in ENDED_STEPS:
            state = known["state"] if known["state"] in ENDED_STEPS else summary["state"]
            raise RunConflict(f"{cannot} it is {state} already.")
        self.mark_step_cancelled(step)

    def mark_step_cancelled(self, step: str) -> None:
        """Leave the mark that the driver looks for, whether or not there is such a step."""
        place = self.path / CANCELLED_STEPS
        place.mkdir(parents=True, exist_ok=True)
        (place / step).touch()

    def step_cancels_requested(self) -> frozenset[str]:
        """Return the steps that somebody asked to stop."""
        place = self.path / CANCELLED_STEPS
        return frozenset(mark.name for mark in place.iterdir()) if place.is_dir() else frozenset()

    def is_pinned(self) -> bool:
        """Return whether someone wants the run to be kept."""
        return self.pin_path.exists()

    def pin(self, *, pinned: bool) -> None:
        """Keep the run from being deleted, or no longer."""
        if pinned:
            self.pin_path.touch()
        else:
            self.pin_path.unlink(missing_ok=True)

    def manifest_path(self, step: str, attempt: int | None = None) -> Path:
        """Return where the published manifest of a step is, or an attempt's own."""
        return layout.manifest(self.path, step, attempt)

    def executed_path(self) -> Path:
        """Return where the executed notebook of the whole run is."""
        return layout.executed_run(self.path)


class Store:
    """A folder that holds runs and the artifacts they made."""

    def __init__(self, root: Path) -> None:
        """Prepare; nothing is read yet.

        Raises:
            StoreError: it is an address, and no folder.
        """
        if _ADDRESS.match(str(root)):
            raise StoreError(
                f"{root} is no folder. Runs are kept in a folder; to keep values in a bucket, give "
                "its address as the `store` of a cluster in your list (docs/clusters.md)."
            )
        self.root = Path(root).absolute()

    @classmethod
    def beside(cls, notebook: Path) -> Store:
        """Return the default store of a notebook: `.nbprism` in its folder, links followed."""
        return cls(Path(notebook).resolve().parent / ".nbprism")

    @property
    def runs_path(self) -> Path:
        return self.root / "runs"

    def create_run(
        self,
        plan: Plan,
        *,
        notebook_path: Path,
        cluster: str = "local",
        options: RunOptions = USUAL,
        submit_key: str | None = None,
    ) -> RunFolder:
        """Return a new run of the plan, accepted but not started.

        A `submit_key` that was used before gives the run that it made then.

        Raises:
            StoreError: the store cannot be written.
        """
        if submit_key is not None and (known := self._claimed(submit_key)):
            return known
        try:
            self.prepare()
            accepted = _acceptance(plan, Path(notebook_path).resolve(), cluster, options)
            return self._create(plan, accepted, submit_key)
        except OSError as error:
            kind = StoreFull if error.errno in {errno.ENOSPC, errno.EDQUOT} else StoreError
            raise kind(f"The store {self.root} cannot be written: {error}.") from error

    def run(self, run_id: str) -> RunFolder:
        """Return the run of that id.

        Raises:
            RunNotFound: there is none.
        """
        folder = self.runs_path / run_id
        if not RUN_ID.fullmatch(run_id) or not (folder / "events.jsonl").is_file():
            raise RunNotFound(f"There is no run '{run_id}' in {self.root}.")
        return RunFolder(folder)

    def runs(self) -> list[RunFolder]:
        """Return all runs, the newest first."""
        if not self.runs_path.is_dir():
            return []
        names = (path.name for path in self.runs_path.iterdir())
        found = sorted(filter(RUN_ID.fullmatch, names), key=_moment, reverse=True)
        return [RunFolder(self.runs_path / name) for name in found]

    def runs_of(self, notebook: Path) -> list[RunFolder]:
        """Return the runs of one notebook, the newest first; links are followed.

        In the store beside it a notebook is known by its name, for the folder may have been
        moved. A run whose log does not say what it is of may be of any notebook.
        """
        file = Path(notebook).resolve()
        by_name = self.root.resolve() == Store.beside(file).root
        known = ((run, run.notebook()) for run in self.runs())
        return [
            run
            for run, of in known
            if of is None or (of.name == file.name if by_name else of == file)
        ]

    def delete(self, run: RunFolder) -> None:
        """Remove a run; values that other runs may share stay.

        Raises:
            RunConflict: it is going on, or pinned.
            StoreError: the store cannot be written.
        """
        state = run.listed()["state"]
        if state not in ENDED_RUNS:
            raise RunConflict(f"Run {run.id} cannot be deleted: it is {state}. Cancel it first.")
        if run.is_pinned():
            raise RunConflict(f"Run {run.id} cannot be deleted: it is pinned. Unpin it first.")
        try:
            # Gone at once for everybody; taking the files away may take a while.
            gone = run.path.rename(temporary_beside(run.path))
        except OSError as error:
            raise StoreError(f"The store {self.root} cannot be written: {error}.") from error
        shutil.rmtree(gone, ignore_errors=True)

    def prepare(self) -> None:
        """Make the folders of the store, hidden from git, if they are not there."""
        self.runs_path.mkdir(parents=True, exist_ok=True)
        (self.root / "submitted").mkdir(exist_ok=True)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, b"*\n", durable=False)

    def _create(self, plan: Plan, accepted: RunAccepted, submit_key: str | None) -> RunFolder:
        run_id = accepted.run
        temporary = temporary_beside(self.runs_path / run_id)
        try:
            temporary.mkdir(mode=0o700)
            _fill(temporary, plan, accepted)
            if submit_key is not None and (winner := self._claim(submit_key, run_id)):
                return winner
            temporary.rename(self.runs_path / run_id)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return RunFolder(self.runs_path / run_id)

    def _claim(self, submit_key: str, run_id: str) -> RunFolder | None:
        """Tie the key to the run; return the run that another submit tied it to first."""
        path = self._key_path(submit_key)
        mine = temporary_beside(path)
        mine.write_bytes(run_id.encode())
        try:
            os.link(mine, path)
        except FileExistsError:
            return self._claimed(submit_key) or self._claim(submit_key, run_id)
        finally:
            mine.unlink()
        return None

    def _claimed(self, submit_key: str) -> RunFolder | None:
        """Return the run the key is tied to, waiting for one that is just being made."""
        path = self._key_path(submit_key)
        awaited, deadline = None, 0.0
        while run_id := _content(path):
            if run_id != awaited:
                awaited, deadline = run_id, time.monotonic() + CLAIM_DEADLINE_S
            try:
                return self.run(run_id)
            except RunNotFound:
                if time.monotonic() > deadline:
                    # Whoever tied it died before its run was there; the key is free again.
                    self._set_free(path, run_id)
                    return None
                time.sleep(0.02)
        return None

    def _set_free(self, key: Path, run_id: str) -> None:
        """Remove the key if it is still tied to that run, and not to a newer one meanwhile."""
        with held(self.root / "submitted" / ".lock"):
            if _content(key) == run_id:
                key.unlink()

    def _key_path(self, submit_key: str) -> Path:
        return self.root / "submitted" / hashlib.sha256(submit_key.encode()).hexdigest()


def _content(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _fill(folder: Path, plan: Plan, accepted: RunAccepted) -> None:
    write_plan(plan, folder)
    (folder / "outputs").mkdir(exist_ok=True)
    for step, manifest in plan.given.items():
        text = json.dumps(manifest, indent=1)
        layout.manifest(folder, step).write_text(text, encoding="utf-8")
    write_log(folder / "events.jsonl", [accepted])


def _acceptance(plan: Plan, notebook: Path, cluster: str, options: RunOptions) -> RunAccepted:
    at = time.time()
    return RunAccepted(
        seq=1,
        at=at,
        run=_new_id(plan.pipeline, at),
        pipeline=plan.pipeline,
        notebook=str(notebook),
        steps=tuple(unit.step for unit in plan.units),
        parameters=plan.parameters,
        cluster=cluster,
        **asdict(options),
    )


def _new_id(pipeline: str, at: float) -> str:
    stamp = datetime.fromtimestamp(at, UTC).strftime(STAMP)
    slug = re.sub(r"[^a-z0-9]+", "-", pipeline.lower()).strip("-")[:40].strip("-") or "run"
    return f"{stamp}-{slug}-{int(at % 1 * 0x10000):04x}"


def _stamped(run_id: str) -> float:
    """Return when a run was made, to the second, as its id tells; 0 if that is no time."""
    try:
        return datetime.strptime(run_id[:15], STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _moment(run_id: str) -> tuple[str, str]:
    """Return what orders runs by their making: the second, and the fraction after the name."""
    return run_id[:15], run_id[-4:]
