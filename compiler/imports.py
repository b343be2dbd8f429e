"""Which names `from module import *` binds, without running the module where that is possible."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

_SAFE_TO_IMPORT = frozenset(sys.stdlib_module_names) - {
    "antigravity",
    "this",
    "idlelib",
    "turtledemo",
    "turtle",
}
_LARGEST = 2_000_000


@lru_cache(maxsize=256)
def star_names(module: str) -> tuple[str, ...] | None:
    """Return the names a star import binds, or None if they cannot be known."""
    if module.startswith(".") or not module:
        return None
    if module.partition(".")[0] in _SAFE_TO_IMPORT:
        return _of_standard_library(module)
    return _of_source(module, depth=0)


def _of_standard_library(module: str) -> tuple[str, ...] | None:
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        return None
    names = getattr(loaded, "__all__", None) or [
        name for name in dir(loaded) if not name.startswith("_")
    ]
    return tuple(sorted(map(str, names)))


def _of_source(module: str, *, depth: int) -> tuple[str, ...] | None:
    path = _source_of(module)
    if path is None or depth > 3 or path.stat().st_size > _LARGEST:  # noqa: PLR2004
        return None
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return None
    listed = _all_of(tree)
    return tuple(sorted(listed)) if listed is not None else None


def _source_of(module: str) -> Path | None:
    # Only top-level packages are looked up: finding a submodule would import its parent.
    root, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin)
    for part in rest:
        folder = path.parent
        path = folder / part / "__init__.py" if (folder / part).is_dir() else folder / f"{part}.py"
    return path if path.is_file() else None


def _all_of(tree: ast.Module) -> set[str] | None:
    """Return what a literal `__all__` says; without one, the public names if nothing is hidden."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return _literal_names(value)
            case (
                ast.ImportFrom(names=[ast.alias(name="*")])
                | ast.AugAssign(target=ast.Name(id="__all__"))
            ):
                return None
            case (
                ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.Assign(targets=targets):
                names.update(
                    t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)
                )
            case ast.If() | ast.Try() | ast.With() | ast.For():
                return None
    return {name for name in names if not name.startswith("_")}


def _literal_names(value: ast.expr) -> set[str] | None:
    try:
        return set(ast.literal_eval(value))
    except (ValueError, TypeError):
        return None
