"""Which paths are the user's own, and how a manifest calls them."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_SYSTEM: Final = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys",
    "/usr/lib", "/usr/share", "/usr/local/lib", "/usr/local/share", "/System", "/Library",
)  # fmt: skip
_DISKS: Final = "/run/media/"
"""Where desktops mount the user's own disks, below a place of the system's."""
_OF_HOME: Final = (
    ".cache", ".config", ".ipython", ".jupyter", ".keras/keras.json", ".local/lib", ".local/share",
    ".matplotlib", ".nv", ".triton", "Library/Caches", "Library/Jupyter",
)  # fmt: skip
_PLACES: Final = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MPLCONFIGDIR")
"""Variables that move caches and configuration somewhere else."""
_NEAR: Final = 2
"""How many folders up a file may lie and still be moved together with the notebook."""
MACHINERY: Final = ("__pycache__", ".nbprism", ".ipynb_checkpoints")
"""Folders that Python, Jupyter and nbprism keep among the user's files."""


class Scope:
    """The user's part of the file system, as seen from a unit's working directory."""

    def __init__(self, folder: Path, excluded: Iterable[Path] = ()) -> None:
        self.folder = f"{folder}{os.sep}"
        self.is_spelt = False
        """Whether the code spells out where the working directory is."""
        places = {*_interpreter(), *_caches(), *_SYSTEM, *map(str, excluded)}
        self._excluded = tuple(f"{place}{os.sep}" for place in places)
        # A project may itself lie below such a place; then only those below the project count.
        self._nearer = tuple(place for place in self._excluded if place.startswith(self.folder))

    def has(self, path: str) -> bool:
        """Return whether the absolute path is the user's."""
        if self.is_below(path):
            below = path[len(self.folder) :]
            return _is_own(below) and not path.startswith(self._nearer)
        is_systems = path.startswith(self._excluded) and not path.startswith(_DISKS)
        return _is_own(path) and not is_systems

    def is_below(self, path: str) -> bool:
        """Return whether it lies below the working directory."""
        return path.startswith(self.folder)

    def is_above(self, path: str) -> bool:
        """Return whether it is the working directory, or a folder that it lies in."""
        return self.folder.startswith(f"{path.rstrip(os.sep)}{os.sep}")

    def names(self, path: str, *, is_relative: bool) -> list[str]:
        """Return under which names a manifest says what a step found there; all of them count.

        The folder with notebook and files may be moved, or copied and changed: relative names are
        looked up there, absolute ones where they were. What the code meant cannot always be told.

        Args:
            path: The absolute path.
            is_relative: Whether the code gave it relative to the working directory.
        """
        if self.is_below(path):
            return [self.name(path), path] if self.is_spelt else [self.name(path)]
        beside = os.path.relpath(path, self.folder)
        if is_relative:
            return [beside]
        common = os.path.commonpath([path, self.folder])
        is_near = beside.count(os.pardir) <= _NEAR and common.count(os.sep) > 1
        return [path, beside] if is_near else [path]

    def name(self, path: str) -> str:
        """Return what a manifest calls it: relative where it is below the working directory."""
        return path.removeprefix(self.folder)

    def folder_names(self, path: str, *, is_relative: bool) -> list[str]:
        """Return the same for a folder: its names end with a slash."""
        if f"{path}/" == self.folder:
            return ["./", self.folder] if self.is_spelt else ["./"]
        return [f"{name}/" for name in self.names(path, is_relative=is_relative)]


def _is_own(path: str) -> bool:
    return not any(f"/{name}/" in f"/{path}/" for name in MACHINERY)


def _interpreter() -> Iterator[str]:
    yield from {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix} - {"/usr", "/"}
    yield from (path for path in sysconfig.get_paths().values() if path not in {"/usr", "/"})
    yield from (*site.getsitepackages(), site.getusersitepackages())
    # nbprism itself, which an editable installation has outside of site-packages.
    yield str(Path(__file__).resolve().parent.parent)
    yield str(Path(__file__).parents[2])  # as its modules are called, links unresolved


def _caches() -> Iterator[str]:
    yield from (path.rstrip(os.sep) for name in _PLACES if (path := os.environ.get(name)))
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where there is no home
    if home != os.sep:
        yield from (f"{home}{os.sep}{place}" for place in _OF_HOME)
