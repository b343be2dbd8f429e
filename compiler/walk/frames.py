"""Where names live while a function, class or comprehension is interpreted.

Follows the language reference: which names are local is decided by the text of the body, class
scopes are invisible to what is nested in them, and comprehensions have a scope of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from nbprism.compiler.walk.heap import EMPTY, Obj, Value, union
from nbprism.compiler.walk.tracked import Tracked

FrameKind = Literal["function", "class", "comprehension"]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class FrameState(NamedTuple):
    """All of a frame that can differ from one point of the notebook to another."""

    variables: dict[str, Value]
    returned: list[Value]
    called_with: dict[str, Value]
    cell: Obj | None

    def same(self, other: FrameState) -> bool:
        """Return whether the states are equal."""
        return self == other


@dataclass(frozen=True, slots=True)
class Scope:
    """Names a body binds itself, and those it declares to live elsewhere."""

    bound: frozenset[str]
    global_: frozenset[str]
    nonlocal_: frozenset[str]


class Frame(Tracked):
    """One activation of a body."""

    LIVING = ("variables", "returned", "called_with", "cell")
    __slots__ = ("kind", "scope", "parent", "owner", *LIVING)

    kind: FrameKind
    scope: Scope
    parent: Frame | None
    owner: Obj | None
    """The function that runs."""
    variables: dict[str, Value]
    returned: list[Value]
    called_with: dict[str, Value]
    """What calls of the same function from within it hand over, by parameter."""
    cell: Obj | None
    """Stands for the variables that inner functions keep alive."""

    def __init__(
        self, kind: FrameKind, scope: Scope, parent: Frame | None, owner: Obj | None = None
    ) -> None:
        self.kind, self.scope, self.parent, self.owner = kind, scope, parent, owner
        self.variables, self.returned, self.called_with, self.cell = {}, [], {}, None
        self.diary = self.state = None

    def thaw(self, state: FrameState) -> None:
        self.variables, self.returned = dict(state.variables), list(state.returned)
        self.called_with, self.cell = dict(state.called_with), state.cell

    def frozen(self) -> FrameState:
        return FrameState(self.variables, self.returned, self.called_with, self.cell)

    def empty(self) -> None:
        del self.variables, self.returned, self.called_with, self.cell


@lru_cache(maxsize=1024)
def scope_of(node: ast.AST) -> Scope:
    """Return which names the function, class or comprehension binds."""
    bound: set[str] = set()
    elsewhere: tuple[set[str], set[str]] = (set(), set())
    for inner in _own_nodes(node):
        if isinstance(inner, ast.Global):
            elsewhere[0].update(inner.names)
        elif isinstance(inner, ast.Nonlocal):
            elsewhere[1].update(inner.names)
        else:
            bound.update(bound_by(inner))
    bound -= elsewhere[0] | elsewhere[1]
    return Scope(frozenset(bound), frozenset(elsewhere[0]), frozenset(elsewhere[1]))


def bound_by(node: ast.AST) -> Iterable[str]:
    """Return the names that this very node binds, its children left out."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.arg(arg=name):
            return (name,)
        case ast.alias(name=name, asname=asname):
            return (asname or name.partition(".")[0],)
        case ast.ExceptHandler(name=str(name)):
            return (name,)
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
    return ()


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    stack = list(_body(node))
    while stack:
        inner = stack.pop()
        yield inner
        stack.extend(_visible(inner))


def _body(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, COMPREHENSIONS):
        return [part.target for part in node.generators]
    if isinstance(node, FUNCTIONS):
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        args = node.args
        spares = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
        return [*args.posonlyargs, *args.args, *args.kwonlyargs, *spares, *body]
    return getattr(node, "body", ())


def _visible(node: ast.AST) -> Iterable[ast.AST]:
    """Return the children that belong to the same scope as `node`."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return ()
    if isinstance(node, COMPREHENSIONS):
        # Only `:=` escapes a comprehension.
        return [inner.target for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
    return ast.iter_child_nodes(node)


@lru_cache(maxsize=1024)
def is_generator(node: ast.AST) -> bool:
    """Return whether calling the function only makes a generator."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    stack: list[ast.AST] = list(node.body)
    while stack:
        inner = stack.pop()
        if isinstance(inner, (ast.Yield, ast.YieldFrom)):
            return True
        stack.extend(
            () if isinstance(inner, (*FUNCTIONS, ast.ClassDef)) else ast.iter_child_nodes(inner)
        )
    return False


def joined(variables: list[dict[str, Value]]) -> dict[str, Value]:
    """Return what variables stand for after any one of several branches."""
    if len(variables) == 1:
        return variables[0]
    names = dict.fromkeys(name for scope in variables for name in scope)
    return {name: union(scope.get(name, EMPTY) for scope in variables) for name in names}
