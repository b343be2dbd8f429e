"""Which lines of a setup cell run once, and which every unit may run again.

Decided from the text of the notebook's setup cells. Imports, definitions and configuration are
repeated, and so is what makes a connection or the like, which no other process could use. Whatever
else may cost something, differ each time or leave something outside runs once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from nbprism.compiler.code.magics import is_deep, parse_cell
from nbprism.compiler.code.outside import acts_of
from nbprism.compiler.tagging.setup import (
    dotted,
    imported_names,
    is_cheap,
    is_cheap_call,
    is_quick,
    sets_up,
)
from nbprism.compiler.walk.library.tables import CONFIGURATION, HANDLES, is_class
from nbprism.compiler.walk.shell import is_shell_call

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_VALUES = frozenset(
    """
    numpy pandas sklearn scipy statsmodels polars torch tensorflow keras jax xgboost lightgbm
    catboost collections itertools random datetime decimal fractions uuid networkx PIL builtins
    """.split()  # noqa: SIM905 - a list of one word a line would be a page long
)
"""Packages whose classes make values; the classes of others may make clients and sessions."""
_CONNECTING = frozenset(
    """
    connect client resource session create_engine getOrCreate get_or_create getLogger get_logger
    cursor open_connection init initialize login authenticate
    """.split()  # noqa: SIM905
)
_MUTABLE = frozenset(
    """
    builtins.object builtins.list builtins.dict builtins.set builtins.zip builtins.map
    builtins.enumerate builtins.sorted builtins.type builtins.getattr functools.partial
    numpy.array numpy.arange numpy.linspace numpy.zeros numpy.ones collections.defaultdict
    collections.OrderedDict collections.Counter collections.deque types.SimpleNamespace
    tqdm.tqdm dataclasses.field
    """.split()  # noqa: SIM905
)
"""Cheap calls whose result may be changed, or asked whether it is the same object."""


@dataclass(frozen=True)
class SetupLines:
    """The setup cells of one notebook, read together: one may define what another calls."""

    sources: tuple[str, ...]

    def is_setup(self, source: str) -> bool:
        """Return whether the cell only imports, defines or configures, with the others' imports."""
        return all(not is_deep(node) and sets_up(node, self._names) for node in _body(source))

    def first_that_runs_once(self, source: str) -> int | None:
        """Return the first line of the cell that must not be repeated, or None."""
        return next((node.lineno for node in _body(source) if self._computes(node, source)), None)

    def repeatable(self, source: str) -> tuple[int, ...]:
        """Return the lines of a cell that runs once which units may run again all the same."""
        return tuple(node.lineno for node in _body(source) if self._is_repeatable(node, source))

    @cached_property
    def _names(self) -> dict[str, str]:
        return imported_names(tree for tree in map(_tree, self.sources) if tree is not None)

    @cached_property
    def _configuring(self) -> frozenset[str]:
        """Functions of the notebook that set a library up: they are wanted in every process."""
        defined = (node for source in self.sources for node in _body(source))
        return frozenset(
            node.name
            for node in defined
            if isinstance(node, _FUNCTIONS) and any(map(self._sets_up, ast.walk(node)))
        )

    def _sets_up(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and dotted(node.func, self._names) in CONFIGURATION

    def _computes(self, node: ast.stmt, source: str) -> bool:
        if not is_deep(node) and is_quick(node, self._names):
            return False
        if is_deep(node) or _leaves_something(node, source):
            return True
        match node:
            case ast.Expr(value=value):
                return self._call_computes(value)
            case ast.Assign(targets=[*targets], value=value):
                return not all(map(self._is_of_a_module, targets)) and self._is_costly(value)
            case ast.AnnAssign(value=value) | ast.AugAssign(value=value):
                return value is not None and self._is_costly(value)
            case ast.If() | ast.Try():
                return any(self._computes(inner, source) for inner in _blocks(node))
            case ast.For() | ast.While() | ast.With() | ast.AsyncFor() | ast.AsyncWith():
                return any(map(_binds_a_value, ast.walk(node)))
        return False

    def _call_computes(self, value: ast.expr) -> bool:
        """A call for its effect sets something up, as a rule, unless the notebook wrote it."""
        match value:
            case ast.Call() if is_shell_call(value):
                return False
            case ast.Call(func=ast.Name(id=name)):
                return self._names.get(name) == "" and name not in self._configuring
            case ast.Call(func=ast.Attribute() as func):
                return not self._is_of_a_module(func) and self._is_costly(value)
        return isinstance(value, ast.Await)

    def _is_of_a_module(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        return isinstance(node, ast.Name) and bool(self._names.get(node.id))

    def _is_costly(self, value: ast.expr) -> bool:
        if is_cheap(value, self._names) or (isinstance(value, ast.Call) and self._connects(value)):
            return False
        calls = [inner for inner in ast.walk(value) if isinstance(inner, ast.Call)]
        return not calls or not all(map(self._is_repeated, calls))

    def _is_repeated(self, call: ast.Call) -> bool:
        return is_cheap_call(call, self._names) or self._connects(call)

    def _connects(self, call: ast.Call) -> bool:
        """Return whether the call makes what belongs to its process, or configures that."""
        path = dotted(call.func, self._names)
        last = call.func.attr if isinstance(call.func, ast.Attribute) else path.rpartition(".")[2]
        if path in HANDLES or last in _CONNECTING:
            return True
        if isinstance(call.func, ast.Name) and call.func.id in self._configuring:
            return True
        return is_class(path) and path.partition(".")[0] not in _VALUES

    def _is_repeatable(self, node: ast.stmt, source: str) -> bool:
        if is_deep(node) or self._computes(node, source):
            return False
        match node:
            case ast.Assign(targets=targets, value=value):
                return all(map(_is_name, targets)) and self._is_constant(value)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
                return self._is_constant(value)
            case ast.Expr() | ast.For() | ast.With() | ast.If() | ast.Try():
                return not any(map(_binds_a_value, ast.walk(node)))
        return False

    def _is_constant(self, value: ast.expr) -> bool:
        """Return whether the value is one nobody can change, or belongs to its process."""
        if isinstance(value, ast.Call) and self._connects(value):
            return True
        for inner in ast.walk(value):
            if isinstance(inner, ast.Call):
                path = dotted(inner.func, self._names)
                if path in _MUTABLE or not self._is_repeated(inner):
                    return False
            if isinstance(inner, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.Subscript):
                return False
        return True


@lru_cache(maxsize=8)
def setup_lines(sources: tuple[str, ...]) -> SetupLines:
    """Return what is known of these setup cells, in notebook order."""
    return SetupLines(sources)


def _tree(source: str) -> ast.Module | None:
    return parse_cell(source).tree


def _body(source: str) -> Iterable[ast.stmt]:
    tree = _tree(source)
    return tree.body if tree is not None else ()


def _leaves_something(node: ast.stmt, source: str) -> bool:
    """Return whether a command or the like in it changes what is outside the notebook."""
    if isinstance(node, _DEFINITIONS):
        return False
    end = node.end_lineno or node.lineno
    return any(act.changes and node.lineno <= act.line <= end for act in acts_of(source))


def _blocks(node: ast.If | ast.Try) -> Iterator[ast.stmt]:
    yield from node.body
    for handler in node.handlers if isinstance(node, ast.Try) else ():
        yield from handler.body
    yield from node.orelse
    yield from node.finalbody if isinstance(node, ast.Try) else ()


def _binds_a_value(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=targets):
            return any(map(_is_name, targets))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _is_name(target)
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="append" | "update" | "extend")):
            return True
    return False


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)
