"""What travels to a cluster with a run: the run, nbprism itself, and the files the notebook needs.

The notebook's folder goes along as far as git would take it: `.gitignore` and `.nbprismignore` are
respected, hidden files and notebooks stay at home, and more than the limit is refused by name.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

from nbprism.compiler.errors import PlanRejected
from nbprism.runner.remote.given import given_to
from nbprism.runner.remote.telling import RESUMED_FOLDER, RUN_FOLDER

OURS: Final = Path(__file__).parents[2]
"""The package root; not imported, for it is a layer above this one."""
LIMIT_BYTES: Final = 100_000_000
IGNORE_FILES: Final = (".gitignore", ".nbprismignore")
_ALWAYS_IGNORED: Final = (".*", "__pycache__/", "node_modules/", "*.ipynb")
_NOT_NEEDED_THERE: Final = ("__pycache__/", "/labextension", "/server_ext", "/cli")
_MOMENT: Final = (2020, 1, 1, 0, 0, 0)
"""One time for all files: the same content gives the same package."""


def pack(run: Path, folder: Path, resumed: Path | None = None) -> tuple[str, bytes]:
    """Return the name and the bytes of the package for a run of a notebook in `folder`.

    Args:
        run: The run's folder.
        folder: Where the notebook is.
        resumed: The folder of the run that is resumed, as it is known at home.

    Raises:
        PlanRejected: the files of the folder, or what the run is given, are too large to travel.
    """
    users = dict(_tree(folder, _ignored_in(folder)))
    _check_size(users, folder)
    runs = {RUN_FOLDER: run, **({f"{RESUMED_FOLDER}/{resumed.name}": resumed} if resumed else {})}
    ignored = GitIgnoreSpec.from_lines(("*.lock", "driver.log"))
    told = {k: v for name, at in runs.items() for k, v in _below(name, _tree(at, ignored)).items()}
    return _zipped({**users, **_code(), **told, **given_to(run)})


def code_package() -> tuple[str, bytes]:
    """Return the name and the bytes of the package with nbprism alone."""
    return _zipped(_code())


def _code() -> dict[str, Path]:
    ignored = GitIgnoreSpec.from_lines(_NOT_NEEDED_THERE)
    return _below("nbprism", _tree(OURS, ignored))


def _zipped(files: Mapping[str, Path]) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, path in sorted(files.items()):
            package.writestr(zipfile.ZipInfo(name, _MOMENT), path.read_bytes())
    content = buffer.getvalue()
    return f"_ray_pkg_{hashlib.sha256(content).hexdigest()[:16]}.zip", content


def _below(folder: str, files: Iterator[tuple[str, Path]]) -> dict[str, Path]:
    return {f"{folder}/{name}": path for name, path in files}


def _ignored_in(folder: Path) -> GitIgnoreSpec:
    lines = list(_ALWAYS_IGNORED)
    for name in IGNORE_FILES:
        if (file := folder / name).is_file():
            lines += file.read_text(encoding="utf-8", errors="replace").splitlines()
    return GitIgnoreSpec.from_lines(lines)


def _tree(folder: Path, ignored: GitIgnoreSpec, below: str = "") -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder by their names in it; ignored folders are not entered."""
    for path in sorted(folder.iterdir()):
        name = f"{below}{path.name}"
        if path.is_dir():
            environment = (path / "pyvenv.cfg").exists()
            if not environment and not ignored.match_file(f"{name}/"):
                yield from _tree(path, ignored, f"{name}/")
        elif path.is_file() and not ignored.match_file(name):
            yield name, path


def _check_size(files: Mapping[str, Path], folder: Path) -> None:
    sizes = {name: path.stat().st_size for name, path in files.items()}
    total = sum(sizes.values())
    if total <= LIMIT_BYTES:
        return
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:3]
    named = ", ".join(f"{name} ({sizes[name] / 1e6:.0f} MB)" for name in largest)
    raise PlanRejected(
        f"The files beside the notebook in {folder} are {total / 1e6:.0f} MB; at most "
        f"{LIMIT_BYTES / 1e6:.0f} MB travel to a cluster. The largest: {named}. Name what the "
        "steps do not need in .nbprismignore, or read it from a store that the cluster reaches."
    )
