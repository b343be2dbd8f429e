"""What was computed, by the key of what it was computed from.

    reuse/ab/KEY/RUN/   record.json    what it was computed from
                        manifest.json  what the step gave: the same file as in the run's folder
                        unit.ipynb     the executed unit, likewise
                        unit.CELL.jsonl  all that a cell wrote, if it was too much to be shown
    reuse/latest/NAME   KEY/RUN        the record that a step of a notebook was last seen with

A key may have several records: of runs that found other files. A record shares its files with the
runs that made or took it, by hard links, so one whose manifest has no other link is not in use.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

from nbprism.runner import layout
from nbprism.runner.files import temporary_beside, write_atomically
from nbprism.runner.reuse.ingredients import Ingredients

SCHEMA: Final = 2
"""Changed whenever a step is asked what older records do not say."""


@dataclass(frozen=True, slots=True)
class Record:
    """One result of one step."""

    run: str
    """The run that computed it."""
    step: str
    at: float
    duration_s: float
    made_of: Ingredients
    manifest: Mapping[str, Any] = field(repr=False)
    folder: Path
    cells: tuple[str, ...]
    """The step's cells at that time, which may have had other ids."""

    @property
    def key(self) -> str:
        return self.made_of.key

    @property
    def manifest_path(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def unit_path(self) -> Path:
        return self.folder / "unit.ipynb"


@dataclass(frozen=True, slots=True)
class Computed:
    """A result that is not a record yet."""

    run: str
    step: str
    at: float
    duration_s: float
    made_of: Ingredients
    cells: tuple[str, ...]
    manifest: Path
    unit: Path

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "run": self.run,
            "step": self.step,
            "at": self.at,
            "duration_s": self.duration_s,
            "cells": list(self.cells),
            "made_of": self.made_of.to_json(),
        }


class Records:
    """The records in a store, for the steps of one notebook."""

    is_far: ClassVar = False
    """Whether to look may take long."""

    def __init__(self, store: Path, notebook: Path) -> None:
        self._root = store / "reuse"
        # From the store's place, so that a folder with notebook and store may be moved.
        self._notebook = os.path.relpath(notebook, store.parent)

    def under(self, key: str) -> list[Record]:
        """Return the records of a key, the newest first."""
        try:
            folders = list(self._of_key(key).iterdir())
        except FileNotFoundError:
            return []
        found = (_read(folder) for folder in folders if not folder.name.startswith("."))
        return sorted((record for record in found if record), key=lambda record: -record.at)

    def latest(self, step: str) -> Record | None:
        """Return what the step was last computed from, or reused."""
        try:
            key, run = self._latest(step).read_text(encoding="utf-8").split("/")
        except (OSError, ValueError):
            return None
        return _read(self._of_key(key) / run)

    def keep(self, computed: Computed) -> None:
        """Make a result a record: all of it at once, or nothing where that cannot be."""
        place = self._of_key(computed.made_of.key) / computed.run
        draft = temporary_beside(place)
        try:
            draft.mkdir(parents=True)
            form = json.dumps(computed.to_json(), separators=(",", ":"))
            (draft / "record.json").write_text(form, encoding="utf-8")
            os.link(computed.manifest, draft / "manifest.json")
            os.link(computed.unit, draft / "unit.ipynb")
            for cell in computed.cells:
                whole = layout.whole_output_beside(computed.unit, cell)
                if whole.exists():
                    os.link(whole, layout.whole_output_beside(draft / "unit.ipynb", cell))
            draft.rename(place)
        except OSError:
            # A full disk, or no executed unit: the step succeeded all the same.
            shutil.rmtree(draft, ignore_errors=True)
            return
        self.note(computed.step, computed.made_of.key, computed.run)

    def bring(self, record: Record) -> None:
        """Have all of a record here that whoever takes it over needs: it is."""

    def close(self) -> None:
        """Wait for what is still to be kept: nothing is."""

    def note(self, step: str, key: str, run: str) -> None:
        """Note that this is the record the step was last seen with."""
        place, line = self._latest(step), f"{key}/{run}"
        with contextlib.suppress(OSError):
            if not place.exists() or place.read_text(encoding="utf-8") != line:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(place, line.encode(), durable=False)

    def claim_path(self, key: str) -> Path:
        """Return the lock that whoever computes the key holds."""
        return self._root / "claims" / key

    def _of_key(self, key: str) -> Path:
        return self._root / key[:2] / key

    def _latest(self, step: str) -> Path:
        name = hashlib.sha256(f"{self._notebook}\0{step}".encode()).hexdigest()
        return self._root / "latest" / name[:40]


def all_records(store: Path) -> Iterator[Path]:
    """Yield the folder of every record in a store, whatever notebook it is of."""
    for key in (store / "reuse").glob("[0-9a-f][0-9a-f]/*"):
        yield from (folder for folder in key.iterdir() if not folder.name.startswith("."))


def _read(folder: Path) -> Record | None:
    """Return the record; None if it is gone, damaged, or of another version."""
    try:
        form = json.loads((folder / "record.json").read_bytes())
        if form["schema"] != SCHEMA:
            return None
        return Record(
            run=form["run"],
            step=form["step"],
            at=form["at"],
            duration_s=form["duration_s"],
            made_of=Ingredients.from_json(form["made_of"]),
            manifest=json.loads((folder / "manifest.json").read_bytes()),
            folder=folder,
            cells=tuple(form["cells"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
