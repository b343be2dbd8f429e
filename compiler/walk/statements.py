"""What statements mean: binding, branching, looping, defining, importing."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from nbprism.compiler.code import imports
from nbprism.compiler.walk import classes, expressions, functions, iteration, protocols
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.frames import bound_by
from nbprism.compiler.walk.heap import EMPTY, IMMUTABLE, Obj, Value, union
from nbprism.compiler.walk.library import accessors
from nbprism.compiler.walk.library.callables import KEEPING
from nbprism.compiler.walk.machine import Exit, Machine
from nbprism.compiler.walk.targets import assign, augment, delete

LONGEST_CHAIN = 20
"""Branches of an `if` that are walked one within the other, as Python nests them."""
Meaning = Callable[[Machine, Any], Exit | None]


def meaning(*types: type[ast.AST]) -> Callable[[Meaning], Meaning]:
    """Register the function as what these statements mean."""

    def register(function: Meaning) -> Meaning:
        def run(machine: Machine, node: ast.AST) -> Exit:
            machine.at(node)
            return function(machine, node) or Exit.NEXT

        for kind in types:
            Machine.statements[kind] = run
        return function

    return register


@meaning(ast.Expr)
def _expression(machine: Machine, node: ast.Expr) -> Exit:
    expressions.loosen(machine, node.value)
    value = machine.value(node.value)
    if _exits(node.value):
        return _raised(machine)
    if isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript):
        protocols.shown(machine, value, node)
    return Exit.NEXT


def _exits(node: ast.expr) -> bool:
    """Return whether the expression is `sys.exit()` or the like."""
    match node:
        case ast.Call(func=ast.Name(id="exit" | "quit")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="sys"), attr="exit")):
            return True
    return False


@meaning(ast.Assign)
def _assign(machine: Machine, node: ast.Assign) -> None:
    value = machine.value(node.value)
    for target in node.targets:
        assign(machine, target, value, node.value)


@meaning(ast.AnnAssign)
def _annotated(machine: Machine, node: ast.AnnAssign) -> None:
    if machine.frame is None or machine.frame.kind == "class":
        annotation(machine, node.annotation)
    if node.value is not None:
        assign(machine, node.target, machine.value(node.value), node.value)


@meaning(ast.AugAssign)
def _augmented(machine: Machine, node: ast.AugAssign) -> None:
    augment(machine, node)


def annotation(machine: Machine, node: ast.expr | None) -> None:
    """Evaluate an annotation where Python does."""
    if node is not None and not machine.mode.lazy_annotations:
        machine.value(node)


@meaning(ast.Delete)
def _delete(machine: Machine, node: ast.Delete) -> None:
    for target in node.targets:
        delete(machine, target)


@meaning(ast.If)
def _if(machine: Machine, node: ast.If) -> Exit:
    chain = _elif_chain(node)
    if len(chain) > LONGEST_CHAIN:
        return _long_chain(machine, chain)
    expressions.truth(machine, node.test)
    if isinstance(node.test, ast.Constant) and node.test.value:
        return machine.run(node.body)
    guard = _asks_whether_bound(node.test)
    machine.guarded += guard
    left = machine.either(
        [lambda: machine.run(node.body), lambda: machine.run(node.orelse)], warn=True
    )
    machine.guarded -= guard
    return left


def _elif_chain(node: ast.If) -> list[ast.If]:
    chain = [node]
    while len(rest := chain[-1].orelse) == 1 and isinstance(rest[0], ast.If):
        chain.append(rest[0])
    return chain


def _long_chain(machine: Machine, chain: list[ast.If]) -> Exit:
    """Walk a chain of `elif` that may be longer than Python's stack: all its tests first."""
    machine.value(chain[0].test)

    def tests() -> Exit:
        for branch in chain[1:]:
            machine.value(branch.test)
        return Exit.NEXT

    def walked(body: list[ast.stmt]) -> Callable[[], Exit]:
        return lambda: machine.run(body)

    guard = any(_asks_whether_bound(branch.test) for branch in chain)
    machine.guarded += guard
    machine.maybe(tests)
    bodies = [*(branch.body for branch in chain), chain[-1].orelse]
    left = machine.either([walked(body) for body in bodies], warn=True)
    machine.guarded -= guard
    return left


def _asks_whether_bound(test: ast.expr) -> bool:
    return any(
        isinstance(inner, ast.Name) and inner.id in ("globals", "locals", "dir", "vars")
        for inner in ast.walk(test)
    )


@meaning(ast.For, ast.AsyncFor)
def _for(machine: Machine, node: ast.For) -> Exit:
    items = iteration.elements(machine, machine.value(node.iter), node.iter)

    def body() -> Exit:
        assign(machine, node.target, items, node.iter)
        return machine.run(node.body)

    _loop(machine, node, body, certain=runs_at_least_once(node.iter))
    return Exit.NEXT


@meaning(ast.While)
def _while(machine: Machine, node: ast.While) -> Exit:
    expressions.truth(machine, node.test)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)

    def body() -> Exit:
        left = machine.run(node.body)
        expressions.truth(machine, node.test)
        return left

    _loop(machine, node, body, certain=endless)
    return Exit.NEXT


def _loop(
    machine: Machine, node: ast.For | ast.While, body: Callable[[], Exit], *, certain: bool
) -> None:
    leaves = _may_leave(node)
    if certain and not leaves:
        body()
    else:
        machine.maybe(body)
    # Once more: what the first round left behind is what the second one starts from.
    machine.maybe(body)
    if node.orelse and leaves:
        machine.maybe(lambda: machine.run(node.orelse))
        # Who leaves the loop by `break` has what the body binds, who does not has the other.
        machine.space.complete(_bound_in(node.body) & _bound_in(node.orelse), machine.statement)
    else:
        machine.run(node.orelse)


def _bound_in(body: list[ast.stmt]) -> set[str]:
    inner = (inner for statement in body for inner in ast.walk(statement))
    return {name for node in inner for name in bound_by(node)}


@lru_cache(maxsize=1024)
def _may_leave(node: ast.AST) -> bool:
    leaving = (ast.Break, ast.Continue, ast.Return)
    return any(isinstance(inner, leaving) for inner in ast.walk(node))


def runs_at_least_once(iterable: ast.expr) -> bool:
    """Return whether the loop's body is certain to run."""
    match iterable:
        case ast.List(elts=[_, *_]) | ast.Tuple(elts=[_, *_]) | ast.Set(elts=[_, *_]):
            return True
        case ast.Constant(value=str(text)):
            return bool(text)
        case ast.Call(func=ast.Name(id="range"), args=args):
            return _counts(args)
        case ast.Call(func=ast.Name(id="enumerate" | "zip" | "reversed"), args=[_, *_] as args):
            return all(runs_at_least_once(arg) for arg in args)
    return False


def _counts(args: list[ast.expr]) -> bool:
    try:
        return len(range(*(ast.literal_eval(arg) for arg in args))) > 0
    except (ValueError, TypeError):
        return False


@meaning(ast.With, ast.AsyncWith)
def _with(machine: Machine, node: ast.With) -> Exit:
    suppresses = False
    entered_by: list[Value] = []
    for item in node.items:
        value = machine.value(item.context_expr)
        entered_by.append(value)
        suppresses |= any(obj.path.endswith(("suppress", "raises")) for obj in value)
        entered = union([protocols.enter(machine, obj, node) for obj in value])
        if item.optional_vars is not None:
            given = entered or frozenset(obj for obj in value if obj.path != "contextlib.suppress")
            assign(machine, item.optional_vars, given, item.context_expr)
    left = machine.maybe(lambda: machine.run(node.body)) if suppresses else machine.run(node.body)
    for item, value in zip(node.items, entered_by, strict=True):
        # What a context manager does at its end, it does after the body.
        union([protocols.enter(machine, obj, node) for obj in value if obj.kind == "generator"])
        protocols.entered(machine, value, ("__exit__", "__aexit__"), node)
        if isinstance(item.optional_vars, ast.Name):
            _close(machine.load(item.optional_vars.id))
    return left


def _close(value: Value) -> None:
    for obj in value:
        if obj.path in ("io.StringIO", "io.BytesIO"):
            obj.kind, obj.path = "handle", "a closed stream"


@meaning(ast.Try, getattr(ast, "TryStar", ast.Try))
def _try(machine: Machine, node: ast.Try) -> Exit:
    catches = _catches_missing_names(node)
    machine.guarded += catches

    def smooth() -> Exit:
        left = machine.run(node.body)
        return left if left is not Exit.NEXT else machine.run(node.orelse)

    def failed(handler: ast.ExceptHandler) -> Callable[[], Exit]:
        def body() -> Exit:
            machine.tries += 1
            machine.maybe(lambda: machine.run(node.body))
            machine.tries -= 1
            return _handler(machine, handler)

        return body

    machine.tries += bool(node.handlers)
    first = smooth
    left = machine.either([first, *map(failed, node.handlers)])
    machine.tries -= bool(node.handlers)
    machine.guarded -= catches
    final = machine.run(node.finalbody)
    return max(left, final)


def _handler(machine: Machine, handler: ast.ExceptHandler) -> Exit:
    machine.value(handler.type)
    if handler.name:
        machine.store(handler.name, EMPTY, handler)
    left = machine.run(handler.body)
    if handler.name:
        machine.forget(handler.name)
    return left


def _catches_missing_names(node: ast.Try) -> bool:
    names = {"NameError", "Exception", "BaseException"}
    return any(
        handler.type is None
        or any(
            isinstance(inner, ast.Name) and inner.id in names for inner in ast.walk(handler.type)
        )
        for handler in node.handlers
    )


@meaning(ast.Match)
def _match(machine: Machine, node: ast.Match) -> Exit:
    subject = machine.value(node.subject)
    irrefutable = any(
        case.guard is None
        and isinstance(case.pattern, ast.MatchAs)
        and case.pattern.pattern is None
        for case in node.cases
    )

    def branch(case: ast.match_case) -> Callable[[], Exit]:
        def body() -> Exit:
            _capture(machine, case.pattern, subject)
            machine.value(case.guard)
            return machine.run(case.body)

        return body

    bodies = [branch(case) for case in node.cases]
    return machine.either(bodies if irrefutable else [*bodies, lambda: Exit.NEXT], warn=True)


def _capture(machine: Machine, pattern: ast.pattern, subject: Value) -> None:
    inside = subject | union(obj.contents() for obj in subject)
    for inner in ast.walk(pattern):
        if isinstance(inner, (ast.MatchValue, ast.MatchClass)):
            machine.value(inner.value if isinstance(inner, ast.MatchValue) else inner.cls)
        name = getattr(inner, "name", None) or getattr(inner, "rest", None)
        if isinstance(name, str):
            machine.store(name, inside, pattern)


@meaning(ast.FunctionDef, ast.AsyncFunctionDef)
def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    decorators = [_decorator(machine, decorator) for decorator in node.decorator_list]
    made = functions.make(machine, node)
    _annotations(machine, node)
    _bind_definition(machine, node, made, decorators)


def _annotations(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    args = node.args
    spares = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, *spares):
        annotation(machine, arg.annotation)
    annotation(machine, node.returns)


def _decorator(machine: Machine, source: ast.expr) -> Value:
    """Return what decorates; that `show.register(int)` does is up to `_register`."""
    if _registry(machine, source):
        for part in source.args if isinstance(source, ast.Call) else ():
            machine.value(part)
        return EMPTY
    return machine.value(source)


def _registry(machine: Machine, source: ast.expr) -> Value:
    """Return the notebook functions that `@show.register` or `@show.register(int)` adds to."""
    match source:
        case (
            ast.Attribute(value=base, attr="register")
            | ast.Call(func=ast.Attribute(value=base, attr="register"))
        ):
            return frozenset(obj for obj in machine.value(base) if obj.kind == "function")
    return EMPTY


def _register(machine: Machine, source: ast.expr, value: Value) -> None:
    registry = _registry(machine, source)
    for function in registry:
        function.hold("registered", value - registry)
    holders = dict.fromkeys(by for function in registry for by in function.holders())
    for name in sorted(by for by in holders if isinstance(by, str)):
        machine.extend(name)


def _bind_definition(
    machine: Machine,
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    made: Obj,
    decorators: list[Value],
) -> None:
    """Bind a function or class to its name, as its decorators return it."""
    if machine.frame is None:
        made.place = machine.statement.place
    value: Value = frozenset((made,))
    for decorator, source in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        value = _decorated(machine, decorator, source, value)
    machine.store(node.name, value, node)


def _accessor(machine: Machine, source: ast.Attribute, value: Value) -> Value:
    """Return the property with one more accessor, as `@items.setter` makes it."""
    for obj in value:
        obj.path = "property" if source.attr == "getter" else source.attr
    return value | machine.value(source.value)


def _decorated(machine: Machine, decorator: Value, source: ast.expr, value: Value) -> Value:
    _register(machine, source, value)
    if isinstance(source, ast.Attribute) and source.attr in ("setter", "getter", "deleter"):
        return _accessor(machine, source, value)
    found: list[Value] = []
    for obj in decorator:
        if obj.kind == "function":
            found.append(functions.invoke(machine, obj, Arguments((value,))) or value)
        elif obj.kind == "class":
            found.append(classes.instantiate(machine, obj, Arguments((value,)), source))
        elif obj.kind == "generator" or classes.is_context(obj):
            # A context manager as a decorator: every call runs inside it.
            for item in value:
                item.hold("around", frozenset((obj,)))
            found.append(value)
        elif obj.kind == "instance":
            found.append(classes.call_method(machine, obj, "__call__", source, value) or value)
        else:
            accessors.register(machine, obj, value)
            for item in (item for item in value if item.kind not in IMMUTABLE):
                item.path = classes.KINDS.get(obj.path, item.path)
            if obj.kind in ("object", "unknown", "bound") and not obj.path.startswith(KEEPING):
                functions.call_carried(machine, frozenset((obj,)), value)
            found.append(value)
    return union(found) or value


@meaning(ast.ClassDef)
def _class(machine: Machine, node: ast.ClassDef) -> None:
    decorators = [machine.value(decorator) for decorator in node.decorator_list]
    made = classes.define(machine, node)
    _bind_definition(machine, node, made, decorators)


@meaning(ast.Import)
def _import(machine: Machine, node: ast.Import) -> None:
    for alias in node.names:
        root = alias.name.partition(".")[0]
        path = alias.name if alias.asname else root
        machine.store(alias.asname or root, frozenset((machine.heap.library(path),)), node)


@meaning(ast.ImportFrom)
def _import_from(machine: Machine, node: ast.ImportFrom) -> None:
    module = "." * node.level + (node.module or "")
    if module == "__future__":
        lazy = machine.mode.lazy_annotations or any(a.name == "annotations" for a in node.names)
        machine.mode = machine.mode._replace(lazy_annotations=lazy)
    for alias in node.names:
        if alias.name == "*":
            _star(machine, node, module)
            continue
        value = frozenset((machine.heap.library(f"{module}.{alias.name}"),))
        machine.store(alias.asname or alias.name, value, node)
    if module == "__future__":
        machine.configures("")  # in a kernel it holds for every later cell


def _star(machine: Machine, node: ast.ImportFrom, module: str) -> None:
    beside = dict(machine.cell.scripts).get(module)
    names = imports.star_names(module) if beside is None else imports.names_in(module, beside)
    for name in names or ():
        machine.store(name, frozenset((machine.heap.library(f"{module}.{name}"),)), node)
    if names is None:
        machine.findings.star_import(machine, module, node)
        machine.mode = machine.mode._replace(starred=True)
        machine.configures(module)


@meaning(ast.Return)
def _return(machine: Machine, node: ast.Return) -> Exit:
    functions.give(machine, machine.value(node.value))
    return Exit.STOP


@meaning(ast.Raise)
def _raise(machine: Machine, node: ast.Raise) -> Exit:
    machine.value(node.exc)
    machine.value(node.cause)
    return _raised(machine)


def _raised(machine: Machine) -> Exit:
    return Exit.STOP if machine.tries else Exit.DEAD


@meaning(ast.Assert)
def _assert(machine: Machine, node: ast.Assert) -> Exit:
    expressions.truth(machine, node.test)
    machine.value(node.msg)
    never = isinstance(node.test, ast.Constant) and not node.test.value
    return _raised(machine) if never else Exit.NEXT


@meaning(ast.Break, ast.Continue)
def _leave(machine: Machine, node: ast.AST) -> Exit:
    del machine, node
    return Exit.STOP


@meaning(getattr(ast, "TypeAlias", ast.Pass))
def _type_alias(machine: Machine, node: Any) -> None:
    if not isinstance(node, ast.Pass):
        machine.store(node.name.id, machine.fresh(node, "object", "type"), node)
