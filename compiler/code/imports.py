"""Which names `from module import *` binds, without running the module where that is possible."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sysconfig
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_WITHOUT_SOURCE = frozenset(
    {"math", "cmath", "time", "itertools", "sys", "builtins", "errno", "gc", "array", "zlib"}
)
"""Modules written in C, which importing does not make do anything."""
_SAME_NAMES = {"decimal": "_pydecimal", "os.path": "posixpath"}
"""Modules that only pass on the names of another one, which has a source."""
_LARGEST = 2_000_000
_DEEPEST = 5
"""Modules that pass on one another's names."""


@lru_cache(maxsize=256)
def star_names(module: str) -> tuple[str, ...] | None:
    """Return the names a star import binds, or None if they cannot be known."""
    if module.startswith(".") or not module:
        return None
    if module in _WITHOUT_SOURCE:
        return _of_extension(module)
    return _of_source(_SAME_NAMES.get(module, module), depth=0)


def names_in(module: str, text: str) -> tuple[str, ...] | None:
    """Return the names a star import of a module with that text binds, or None."""
    try:
        names = _Source(module, module.rpartition(".")[0], 0).names(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return None if names is None else tuple(sorted(names))


def _of_extension(module: str) -> tuple[str, ...] | None:
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        return None
    return tuple(sorted(name for name in dir(loaded) if not name.startswith("_")))


def _of_source(module: str, *, depth: int) -> tuple[str, ...] | None:
    path = _source_of(module)
    if path is None or depth > _DEEPEST or path.stat().st_size > _LARGEST:
        return None
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return None
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    names = _Source(module, package, depth).names(tree)
    return tuple(sorted(names)) if names is not None else None


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


class _Source:
    """Reads the names that one module gives off its syntax tree."""

    def __init__(self, module: str, package: str, depth: int) -> None:
        self.module = module
        self.package = package
        self.depth = depth
        self.modules: dict[str, str] = {}
        """Name in the module -> the module that it may stand for."""

    def names(self, tree: ast.Module) -> set[str] | None:
        """Return what `__all__` says; without one, the public names if nothing is hidden."""
        if any(_mentions_all(node) for node in tree.body):
            for node in tree.body:
                self._note_modules(node)
            return self._listed(tree)
        return self._public(tree)

    def _public(self, tree: ast.Module) -> set[str] | None:
        if self.module == self.package and any(map(self._imports_own, tree.body)):
            return None  # what a package imports of its own modules, however deep, binds them in it
        names = _all_of(map(self._bound, tree.body))
        return None if names is None else {name for name in names if not name.startswith("_")}

    def _imports_own(self, node: ast.stmt) -> bool:
        match node:
            case ast.ImportFrom():
                origins = [self._origin(node)]
            case ast.Import(names=aliases):
                origins = [alias.name for alias in aliases]
            case _:
                return False
        return any(f"{origin}.".startswith(f"{self.package}.") for origin in origins)

    def _bound(self, node: ast.stmt) -> set[str] | None:
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return self._given_by(self._origin(node))
            case (
                ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                return {name}
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                return {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.Assign(targets=targets):
                parts = [part for target in targets for part in ast.walk(target)]
                return {part.id for part in parts if isinstance(part, ast.Name)}
            case ast.If() | ast.Try() | ast.With() | ast.For():
                return None
        return set()

    def _note_modules(self, node: ast.stmt) -> None:
        """Remember which names stand for modules; importing `.a` binds `a` in a package."""
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    self.modules[alias.asname or alias.name] = alias.name
            case ast.ImportFrom(module=inner, names=aliases):
                origin = self._origin(node)
                if node.level == 1 and inner and self.module == self.package:
                    self.modules.setdefault(inner, origin)
                for alias in aliases:
                    self.modules[alias.asname or alias.name] = f"{origin}.{alias.name}"

    def _origin(self, node: ast.ImportFrom) -> str:
        """Return the module that is imported from, relative ones from here."""
        if not node.level:
            return node.module or ""
        parts = self.package.split(".")
        above = parts[: len(parts) - node.level + 1]
        return ".".join([*above, *([node.module] if node.module else [])])

    def _given_by(self, module: str) -> set[str] | None:
        found = _of_source(module, depth=self.depth + 1) if module else None
        return None if found is None else set(found)

    def _listed(self, tree: ast.Module) -> set[str] | None:
        """Return what is put into `__all__`, if only literals and others' `__all__` are."""
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
                    more = self._value(value)
                case _:
                    return None
            if more is None:
                return None
            names |= more
        return names

    def _value(self, value: ast.expr) -> set[str] | None:
        """Return the names in an expression such as `["a"] + core.__all__`."""
        match value:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _all_of([self._value(left), self._value(right)])
            case ast.Call(func=ast.Name(id="list" | "sorted" | "tuple" | "set"), args=[inner]):
                return self._value(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
                return self._value(inner)
            case ast.Attribute(value=holder, attr="__all__"):
                module = self.modules.get(ast.unparse(holder))
                return None if module is None else self._given_by(module)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return _all_of([self._item(item) for item in items])
        return None

    def _item(self, item: ast.expr) -> set[str] | None:
        match item:
            case ast.Constant(value=str(name)):
                return {name}
            case ast.Starred(value=inner):
                return self._value(inner)
        return None


def _all_of(parts: Iterable[set[str] | None]) -> set[str] | None:
    """Return the names of all parts, or None if those of one are not known."""
    names: set[str] = set()
    for part in parts:
        if part is None:
            return None
        names |= part
    return names


def _mentions_all(node: ast.AST) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    return any(isinstance(inner, ast.Name) and inner.id == "__all__" for inner in ast.walk(node))
