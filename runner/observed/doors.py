"""Python doors of compiled readers and writers: told what they open before they do.

Compiled code opens files where no hook is called. Where it is reached through Python, as
`pandas.read_parquet(f"{day}.parquet")` is, the path is taken from the call.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final, NamedTuple

Tell = Callable[[str, str], None]
"""Takes a path as it was given, and `read` or `write`."""


class Door(NamedTuple):
    """A method that is given the path of a file."""

    owner: str
    method: str
    parameter: str
    position: int
    how: str


DOORS: Final[Mapping[str, tuple[Door, ...]]] = {
    "pandas.io.parquet": (
        Door("PyArrowImpl", "read", "path", 1, "read"),
        Door("PyArrowImpl", "write", "path", 2, "write"),
    ),
    "pyarrow.parquet.core": (
        Door("ParquetFile", "__init__", "source", 1, "read"),
        Door("ParquetDataset", "__init__", "path_or_paths", 1, "read"),
        Door("ParquetWriter", "__init__", "where", 1, "write"),
    ),
}
"""Module -> its doors."""


def watch(tell: Tell) -> None:
    """Have `tell` called whenever a door is used, in modules loaded now or later."""
    for name in DOORS:
        if (module := sys.modules.get(name)) is not None:
            _fit(module, tell)
    sys.meta_path.insert(0, _Finder(tell))


class _Finder:
    """Fits doors to modules when they are imported."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in DOORS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and (loader := spec.loader) is not None:
            execute, tell = loader.exec_module, self._tell

            def execute_and_fit(module: ModuleType) -> None:
                execute(module)
                _fit(module, tell)

            loader.exec_module = execute_and_fit  # type: ignore[method-assign]
        return spec


def _fit(module: ModuleType, tell: Tell) -> None:
    for door in DOORS[module.__name__]:
        # Another version of the package may lack it: then its files are not seen.
        owner = getattr(module, door.owner, None)
        if (method := getattr(owner, door.method, None)) is not None:
            setattr(owner, door.method, _telling(method, door, tell))


def _telling(method: Callable[..., Any], door: Door, tell: Tell) -> Callable[..., Any]:
    @functools.wraps(method)
    def told(*args: Any, **kwargs: Any) -> Any:
        given = args[door.position : door.position + 1] or [kwargs.get(door.parameter)]
        for path in given[0] if isinstance(given[0], list | tuple) else given:
            if isinstance(path, str | os.PathLike) and "://" not in str(path):
                tell(os.path.expanduser(os.fspath(path)), door.how)  # noqa: PTH111 - see `hook.py`
        return method(*args, **kwargs)

    return told
