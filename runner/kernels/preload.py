"""Which of a notebook's imports a warm process may have ready before it forks a kernel.

Only packages of which it is known that they can be imported before a fork: they start no threads
and keep nothing of the environment but what `warm.py` watches. What a unit changes in its packages
it changes in its own copy.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

SAFE: Final = frozenset({"joblib", "networkx", "numpy", "pandas", "pyarrow", "scipy", "sklearn"})
INSTEAD: Final[Mapping[str, tuple[str, ...]]] = {
    # pyplot itself asks for the kernel it runs in when it is imported; its weight is in these.
    "matplotlib": ("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.axes"),
}
"""Package -> what is imported in its place."""


def imports_of(notebook: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the modules that the cells of a notebook import and that are safe to have ready."""
    sources = (cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    found = (module for source in sources for module in _imported("".join(source)))
    return tuple(dict.fromkeys(ready for module in found for ready in _ready_made(module)))


def _imported(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # magics; what is not ready is imported in the kernel
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _ready_made(module: str) -> tuple[str, ...]:
    root = module.partition(".")[0]
    return (module,) if root in SAFE else INSTEAD.get(root, ())


class Preloaded:
    """The packages that this process has imported for its kernels, and where they came from."""

    def __init__(self) -> None:
        # Whatever is installed or removed changes the folder it is in.
        self._times = {path: _changed(path) for path in _site_folders()}
        self._roots: set[str] = set()

    def load(self, modules: Iterable[str]) -> bool:
        """Import what is not there yet; what fails here fails, and says so, in the kernel.

        Returns:
            Whether anything was imported.
        """
        missing = [module for module in modules if module not in sys.modules]
        return any([self._imported(module) for module in missing])

    def _imported(self, module: str) -> bool:
        try:
            with _as_in_a_kernel():
                importlib.import_module(module)
        except Exception:  # any package's own failure
            return False
        root = module.partition(".")[0]
        self._roots.add(root)
        if (file := getattr(sys.modules.get(root), "__file__", None)) is not None:
            self._times[Path(file)] = _changed(Path(file))
        return True

    def is_stale(self) -> bool:
        """Return whether a package was installed since this process began."""
        return any(_changed(path) != changed for path, changed in self._times.items())

    def shadowed(self, folder: Path) -> str | None:
        """Return which package a kernel in that folder would import something of its own for."""
        own = (
            root for root in sorted(self._roots)
            if (folder / root).is_dir() or (folder / f"{root}.py").exists()
        )  # fmt: skip
        return next(own, None)


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Say "yes" to packages that ask, when they are imported, whether they are in a notebook.

    pandas shows frames as in a terminal otherwise. It asks by the name that IPython puts there.
    """
    known: Any = vars(builtins)
    known["get_ipython"] = lambda: SimpleNamespace(kernel=None)
    try:
        yield
    finally:
        del known["get_ipython"]


def _site_folders() -> Iterator[Path]:
    return (
        Path(path) for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}
    )


def reseed() -> None:
    """Give a forked kernel random numbers of its own, as one that was started has."""
    # Python's own generator reseeds itself after a fork.
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(int.from_bytes(os.urandom(4), "little"))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
