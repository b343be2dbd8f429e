"""An earlier result becomes a run's own: its manifest, its executed unit, the files it wrote.

Whatever looks into a run's folder afterwards finds there what it would find had the step run. Only
links are made, so it costs next to nothing; files in the user's folder are copies.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbprism.compiler.plan import Unit
from nbprism.runner import layout
from nbprism.runner.files import temporary_beside, write_atomically
from nbprism.runner.flow.commands import Found
from nbprism.runner.manifests import told_outputs
from nbprism.runner.observed import contents

log = logging.getLogger("nbprism.reuse")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finished step of another run, wherever it is kept."""

    run: str
    duration_s: float
    manifest: Mapping[str, Any]
    manifest_path: Path
    unit_path: Path
    cells: tuple[str, ...]
    """The ids its cells had then."""


def take_over(earlier: Earlier, unit: Unit, run: Path, folder: Path) -> Found:
    """Put an earlier result into a run's folder, and the files it wrote into the user's.

    Args:
        earlier: The result.
        unit: The step as it is now.
        run: The run's folder.
        folder: The working directory of the units.

    Raises:
        OSError: it cannot be done; the manifest, which makes it visible, is not there then.
    """
    notebook = json.loads(earlier.unit_path.read_bytes())
    ids = dict(zip(earlier.cells, unit.cells, strict=True))
    restore(earlier.manifest, run, folder)
    place = layout.executed_unit(run, unit.step, 0)
    place.parent.mkdir(parents=True, exist_ok=True)
    if earlier.cells == unit.cells:
        _link(earlier.unit_path, place)
    else:
        write_atomically(place, json.dumps(_renamed(notebook, ids)).encode(), durable=False)
    whole = dict(_whole_outputs(earlier.unit_path, place, ids))
    _link(earlier.manifest_path, layout.manifest(run, unit.step))
    return Found(
        from_run=earlier.run,
        saved_s=earlier.duration_s,
        outputs=tuple(told_outputs(earlier.manifest)),
        metrics=earlier.manifest["metrics"],
        changed=tuple(earlier.manifest.get("changed", ())),
        cells=tuple(
            (cell["id"], tuple(_shown(cell, whole.get(cell["id"]))))
            for cell in _renamed(notebook, ids)["cells"]
            if cell["id"] in unit.cells
        ),
    )


def _whole_outputs(source: Path, place: Path, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Take over all that cells wrote which wrote too much; yield them with their files."""
    for then, now in ids.items():
        kept = layout.whole_output_beside(source, then)
        if kept.exists():
            mine = layout.whole_output_beside(place, now)
            _link(kept, mine)
            yield now, f"{mine.parent.name}/{mine.name}"


def _shown(cell: Mapping[str, Any], whole: str | None) -> Iterator[Mapping[str, Any]]:
    """Yield the operations that lead to what a cell showed."""
    yield {"op": "clear", "wait": False}
    for output in cell["outputs"]:
        op = {"op": "append", "output": output}
        yield op if whole is None else {**op, "whole": whole}


def _renamed(notebook: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    cells = [cell | {"id": ids.get(cell["id"], cell["id"])} for cell in notebook["cells"]]
    return notebook | {"cells": cells}


def _link(source: Path, place: Path) -> None:
    # There already: the driver took it over before and looks again.
    with contextlib.suppress(FileExistsError):
        os.link(source, place)


def restore(manifest: Mapping[str, Any], run: Path, folder: Path) -> None:
    """Leave a folder as the step of the manifest would leave it, if that step worked there."""
    files, store = manifest["files"], layout.store_of(run)
    for name in files.get("folders", ()):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in files.get("removed", ()):
        _set_aside(name, run, folder, contents.digest(store, str(folder / name)))
        (folder / name).unlink(missing_ok=True)
    for name, written in files["written"].items():
        # Where a link leads: writing to it would not have replaced it.
        place = (folder / name).resolve()
        found = contents.digest(store, str(place))
        if found != written["digest"]:
            _set_aside(name, run, folder, found)
            _copy(layout.archive(store, written["digest"]), place)
        place.chmod(written["mode"])


def _set_aside(name: str, run: Path, folder: Path, digest: str | None) -> None:
    """Keep a file that goes in the run's folder, unless it is known to the store.

    Somebody edited what the step had written: that is nowhere else.
    """
    place = (folder / name).resolve()
    is_known = digest is not None and layout.archive(layout.store_of(run), digest).exists()
    if digest == contents.ABSENT or is_known:
        return
    aside = layout.set_aside(run) / name.lstrip("/")
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(place, aside)
    except FileExistsError:  # looked up twice: the first is what the user had
        return
    except OSError:  # another file system
        shutil.copy2(place, aside)
    log.warning("%s was not as the step had left it; what it was is now in %s", place, aside)


def _copy(source: Path, place: Path) -> None:
    draft = temporary_beside(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
