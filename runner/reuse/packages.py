"""Versions of the packages that a step imports, as they are installed here."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

PYTHON: Final = f"{platform.python_implementation()} {platform.python_version()}"

_DISTRIBUTIONS: Final[Mapping[str, str]] = {
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""Packages that are imported under another name than they are installed under.

Only the usual ones: asking for all of them means reading the file lists of everything installed.
"""


class Packages:
    """Looks up versions, each once; made anew whenever packages may have changed."""

    def __init__(self, folder: Path) -> None:
        """Look from `folder`: what lies there is the notebook's own module, not a package."""
        self._folder = folder
        self._known: dict[str, str | None] = {}

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """Return the version of each package; a module of the user's own has none."""
        found = ((name, self._version(name)) for name in names)
        return {name: version for name, version in found if version is not None}

    def requirements(self, names: Iterable[str]) -> list[str]:
        """Return what would install these packages elsewhere as they are installed here."""
        found: dict[str, None] = {}
        for name in names:
            if not self._is_local(name):
                found |= dict.fromkeys(f"{one}=={version}" for one, version in self._made_of(name))
        return list(found)

    def _made_of(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the distributions, with their versions, that a package is from."""
        usual = _DISTRIBUTIONS.get(name, name)
        try:
            yield usual, importlib.metadata.version(usual)
        except importlib.metadata.PackageNotFoundError:
            for one in sorted(set(self._by_module.get(name, ()))):
                yield one, importlib.metadata.version(one)

    def _version(self, name: str) -> str | None:
        if name not in self._known:
            self._known[name] = None if self._is_local(name) else self._installed(name)
        return self._known[name]

    def _is_local(self, name: str) -> bool:
        return (self._folder / f"{name}.py").exists() or (self._folder / name).is_dir()

    def _installed(self, name: str) -> str | None:
        try:
            return importlib.metadata.version(_DISTRIBUTIONS.get(name, name))
        except importlib.metadata.PackageNotFoundError:
            # Several distributions may share a name, as those of a namespace package do.
            shared = sorted(set(self._by_module.get(name, ())))
            return ", ".join(f"{one} {importlib.metadata.version(one)}" for one in shared) or None

    @cached_property
    def _by_module(self) -> Mapping[str, list[str]]:
        return importlib.metadata.packages_distributions()
