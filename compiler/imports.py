"""Which names `from module import *` binds, without running the module where that is possible."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sysconfig
from functools import lru_cache
from pathlib import Path

_WITHOUT_SOURCE = frozenset(
    {"math", "cmath", "time", "itertools", "sys", "builtins", "errno", "gc", "array", "zlib"}
)
"""Modules written in C, which importing does not make do anything."""
_SAME_NAMES = {"decimal": "_pydecimal", "os.path": "posixpath"}
"""Modules that only pass on the names of another one, which has a source."""
_LARGEST = 2_000_000


@lru_cache(maxsize=256)
def star_names(module: str) -> tuple[str, ...] | None:
    """Return the names a star import binds, or None if they cannot be known."""
    if module.startswith(".") or not module:
        return None
    if module in _WITHOUT_SOURCE:
        return _of_extension(module)
    return _of_source(_SAME_NAMES.get(module, module), depth=0)


def _of_extension(module: str) -> tuple[str, ...] | None:
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        return None
    return tuple(sorted(name for name in dir(loaded) if not name.startswith("_")))


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
    if spec is None or spec.origin is None:
        return None
    library = Path(sysconfig.get_path("stdlib"))
    path = Path(spec.origin) if spec.origin != "frozen" else library / f"{root}.py"
    if path.suffix != ".py":
        return None
    for part in rest:
        folder = path.parent
        path = folder / part / "__init__.py" if (folder / part).is_dir() else folder / f"{part}.py"
    return path if path.is_file() else None


def _all_of(tree: ast.Module) -> set[str] | None:
    """Return what a literal `__all__` says; without one, the public names if nothing is hidden."""
    names: set[str] = set()
    if any(_mentions_all(node) for node in tree.body):
        return _listed(tree)
    for node in tree.body:
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
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


def _mentions_all(node: ast.AST) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    return any(isinstance(inner, ast.Name) and inner.id == "__all__" for inner in ast.walk(node))


def _listed(tree: ast.Module) -> set[str] | None:
    """Return what `__all__` holds where only literals are put into it."""
    names: set[str] = set()
    for node in filter(_mentions_all, tree.body):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
                | ast.AugAssign(target=ast.Name(id="__all__"), op=ast.Add(), value=value)
                | ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend"),
                        args=[value],
                    )
                )
            ):
                more = _literal_names(value)
            case _:
                return None
        if more is None:
            return None
        names |= more
    return names


def _literal_names(value: ast.expr) -> set[str] | None:
    try:
        return set(ast.literal_eval(value))
    except (ValueError, TypeError):
        return None
