"""What calling a function or class of a library, or a builtin, means."""

from __future__ import annotations

import ast
from collections.abc import Callable

from nbprism.compiler.walk import classes, dynamic, expressions, functions, iteration, protocols
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import ANY, EMPTY, Obj, Value, union
from nbprism.compiler.walk.library import (
    drawings,
    files,
    generators,
    lazy,
    methods,
    paths,
    random_state,
    streams,
    tables,
    windows,
)
from nbprism.compiler.walk.machine import Machine

Meaning = Callable[[Machine, ast.Call, Arguments], Value]
KEEPING = ("functools.", "dataclasses.", "enum.", "typing.", "contextlib.", "atexit.", "abc.")
"""Packages whose functions keep the functions they are given and call them later, if at all."""
_IN_PARTS = frozenset({"chunksize", "iterator"})
DECORATORS = (
    "builtins.property",
    "builtins.classmethod",
    "builtins.staticmethod",
    "functools.cached_property",
    "functools.cache",
    "functools.lru_cache",
    "functools.singledispatch",
    "contextlib.contextmanager",
    "contextlib.asynccontextmanager",
)


def call(machine: Machine, path: str, arguments: Arguments, node: ast.Call) -> Value:
    """Return what the call may return, with everything it does to the notebook's objects."""
    machine.note_module(path)
    machine.note_call(path, node)
    files.note_function(machine, path, node, arguments)
    random_state.note_function(machine, path, node)
    special = SPECIAL.get(path)
    if special is not None:
        return special(machine, node, arguments)
    meaning = _before_changes(path)
    if meaning is not None:
        return meaning(machine, path, node, arguments)
    _change_arguments(machine, path, arguments, node)
    if path.startswith(tables.COMPARING):
        given = arguments.all()
        protocols.compared(machine, given | lazy.elements(machine, given), node)
    if path in tables.HANDLES:
        return _handle(machine, path, node, arguments)
    if path in tables.SAME or (path.startswith("numpy.") and _without_copy(node)):
        return union(arguments.positional[:1])
    if path in tables.SHALLOW:
        return _shallow(machine, path, node, arguments)
    name = path.rpartition(".")[2]
    if path == "builtins.print":
        stream = arguments.keywords.get("file", EMPTY)
        machine.change(stream)
        classes.handed_over(machine, stream, EMPTY, node)
    if path.startswith("builtins.") and name in tables.PLAIN_BUILTINS_PURE:
        return _plain(machine, name, node, arguments.all())
    if path in DECORATORS or (path.startswith(KEEPING) and path != "functools.reduce"):
        return _keeping(machine, path, node, arguments)
    return _opaque(machine, path, node, arguments)


def _opaque(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    """Call a function of a library that has no meaning of its own here."""
    given = arguments.all()
    dynamic.note_strings(machine, path, node, arguments)
    dynamic.note_namespace(machine, given, given)
    generators.draw(machine, given)
    streams.given(machine, given)
    returned = hand_over(machine, given, given, node)
    drawn_on = drawings.given_to(machine, arguments)
    if drawings.makes_drawing(path):
        return drawn_on or drawings.made(machine, node)
    return _result(machine, path, node, arguments, returned)


def _cells(arguments: Arguments, depth: int) -> Value:
    """Return what the cells of a table are: numbers, as a rule, but also lists of the notebook."""
    value = union(arguments.positional[:1])
    for _ in range(depth):
        value = union(obj.contents() for obj in value if obj.kind in tables.CONTAINERS)
    return value


def _keeping(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    """They keep the function for later; calling it is up to whoever calls the result."""
    given = arguments.all()
    if path not in DECORATORS or all(obj.kind != "function" for obj in given):
        return _result(machine, path, node, arguments, EMPTY)
    for obj in given:
        obj.path = classes.KINDS.get(path, obj.path)
    return given


def _before_changes(path: str) -> Callable[[Machine, str, ast.Call, Arguments], Value] | None:
    """Return what a call means that has rules of its own for what it changes."""
    if path in tables.GENERATORS:
        return _generator
    if path in tables.ITERATORS:
        return lazy.iterator
    return _unbound if tables.is_method(path) else None


def _generator(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    # `default_rng(rng)` is `rng` itself.
    given = generators.within(arguments.all())
    return given or frozenset((machine.new(node, "object", "generator", path),))


def _unbound(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    """`list.append(items, 1)` is `items.append(1)`."""
    receivers, rest = union(arguments.positional[:1]), arguments.positional[1:]
    owner = node.args[0] if node.args else node.func
    func = ast.copy_location(ast.Attribute(owner, path.rpartition(".")[2], ast.Load()), node)
    bare = ast.copy_location(ast.Call(func, node.args[1:], node.keywords), node)
    if node in machine.discarded:
        machine.discarded.add(bare)
    shifted = Arguments(rest, arguments.keywords, arguments.rest)
    hand_over(machine, EMPTY if receivers else arguments.all(), EMPTY, node)
    return union(methods.call(machine, bare, func, obj, shifted) for obj in _in_order(receivers))


def _in_order(value: Value) -> list[Obj]:
    return sorted(value, key=lambda obj: repr(obj.key))


def _plain(machine: Machine, name: str, node: ast.Call, given: Value) -> Value:
    protocols.converted(machine, given, name, node)
    if name in ("sum", "any", "all", "bytes"):
        items = iteration.elements(machine, given, node)
        if name == "sum":
            protocols.operator(machine, items, [ast.Add()], node)
    if name == "hash":
        expressions.hashed(machine, given, node)
    if name == "id":
        machine.compare_identity(given)
    return _total(machine, node, given) if name == "sum" else EMPTY


def _total(machine: Machine, node: ast.Call, given: Value) -> Value:
    """`sum(lists, [])` is a new list of what the lists hold."""
    parts = given | union(iteration.peek(machine, obj) for obj in given)
    kind = next(
        (kind for kind in ("list", "tuple") if any(o.kind == kind for o in parts - given)), None
    )
    if kind is None:
        return EMPTY
    made = machine.new(node, "list", "sum")
    made.hold(ANY, union(obj.contents() for obj in parts if obj.kind in tables.CONTAINERS))
    return frozenset((made,))


def _result(
    machine: Machine, path: str, node: ast.Call, arguments: Arguments, returned: Value
) -> Value:
    kind = tables.returned_kind(path)
    if kind == "frame" and not _IN_PARTS.isdisjoint(arguments.keywords):
        return frozenset((machine.new(node, "handle", path="a reader that goes part by part"),))
    if kind is not None:
        made = machine.new(node, kind, "lib")
        if path in tables.CELLS:
            made.hold(ANY, _cells(arguments, tables.CELLS[path]))
        return frozenset((made,))
    if path.startswith("builtins.") and path.rpartition(".")[2] in tables.ELEMENTS:
        several = len(arguments.positional) > 1 and not path.endswith("next")
        given, otherwise = arguments.all(), arguments.keywords.get("default", EMPTY)
        return given if several else iteration.elements(machine, given, node) | otherwise
    made = machine.new(node, "object" if tables.is_class(path) else "unknown", "lib", path)
    if (tables.is_class(path) and path not in tables.COPYING) or path in tables.HOLDING:
        for index, value in enumerate(arguments.positional):
            made.hold(f"i:{index}", value)
        for name, value in arguments.keywords.items():
            made.hold(name, value)
        made.hold(ANY, arguments.rest)
    else:
        # What a notebook function returned to the library may be in what the library returns.
        new = path in tables.COPYING or path.startswith(tables.NEW_RESULTS)
        back = EMPTY if new else handed_back(arguments.all())
        made.hold(ANY, returned | back | {obj for obj, _ in functions.carried(arguments.all())})
        return back | {made}
    return frozenset((made,))


def handed_back(given: Value) -> Value:
    """Return the elements of containers that a function nobody can see may return.

    Frames and arrays are not among them: what functions return of those is new, as a rule.
    """
    inside = union(obj.contents() for obj in given if obj.kind in tables.CONTAINERS)
    inside |= union(obj.handed_out() for obj in given if obj.kind == "iterator")
    return frozenset(obj for obj in inside if obj.kind in tables.CONTAINERS | tables.OBJECTS)


def hand_over(machine: Machine, value: Value, given: Value, node: ast.AST) -> Value:
    """Give values to code nobody can see: it may call functions and methods, use up iterators."""
    if not value:
        return EMPTY
    items = given | union([iteration.peek(machine, obj) for obj in given])
    functions.run_lazily(machine, value, node)
    machine.speculative += 1
    found = functions.call_carried(machine, value, items)
    classes.handed_over(machine, value | items, items, node)
    machine.speculative -= 1
    return found


def filled(arguments: Arguments) -> Value:
    """Return what is handed over for the call to fill: callbacks, and lists of them."""
    return with_items(union(arguments.keywords.get(name, EMPTY) for name in tables.FILLED))


def with_items(given: Value) -> Value:
    """Return the values with what is in containers among them, and in rows of iterators."""
    rows = union(obj.handed_out() for obj in given if obj.kind == "iterator")
    given |= rows
    return given | union(obj.contents() for obj in given if obj.kind in tables.CONTAINERS)


def _without_copy(node: ast.Call) -> bool:
    return any(
        keyword.arg == "copy"
        and isinstance(keyword.value, ast.Constant)
        and not keyword.value.value
        for keyword in node.keywords
    )


def _change_arguments(machine: Machine, path: str, arguments: Arguments, node: ast.Call) -> None:
    machine.change(arguments.keywords.get("out", EMPTY))
    machine.change(filled(arguments), deep=True)
    for index in tables.CHANGES_ARGUMENT.get(path, ()):
        if index < len(arguments.positional):
            target = arguments.positional[index]
            machine.change(target, deep=True)
            if path in tables.STORES_ARGUMENT:
                for obj in target:
                    obj.hold("[]", union(arguments.positional[1:]))
    root, _, name = path.rpartition(".")
    if root.startswith("torch.") and tables.is_in_place(name):
        machine.change(union(arguments.positional[:1]), deep=True)
    if root == "numpy" and name in tables.OUT:
        place = tables.OUT[name]
        machine.change(union(arguments.positional[place : place + 1]))
    if any(name.startswith("overwrite") for name in arguments.keywords):
        machine.change(union(arguments.positional))
    if path.startswith(tables.IN_PLACE_WITHOUT_COPY) and _without_copy(node):
        machine.change(union(arguments.positional[:1]))
    if path.endswith(".at") and path.startswith("numpy."):
        machine.change(union(arguments.positional[:1]))


def _handle(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    made = machine.new(node, "handle", path=tables.HANDLES[path])
    made.hold(ANY, arguments.all())
    return frozenset((made,))


def _shallow(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> Value:
    kind = tables.SHALLOW[path]
    if path == "builtins.sorted":
        key = arguments.keywords.get("key", EMPTY)
        hand_over(machine, key, arguments.all(), node)
    # The path tells a container that changes when it is read from others of its kind.
    made = machine.new(node, kind, "shallow", path if path in tables.GROWS_WHEN_READ else "")
    for obj in arguments.all():
        held = iteration.elements(machine, frozenset((obj,)), node)
        made.hold(
            ANY, held | (obj.contents() if obj.kind in ("dict", "object", "unknown") else EMPTY)
        )
    if kind == "dict":
        # Made of pairs: what is in the pairs is in the dictionary.
        pairs = [obj for obj in made.contents() if obj.kind in ("tuple", "list")]
        made.hold(ANY, union(pair.contents() for pair in pairs))
    for name, value in arguments.keywords.items():
        made.hold(f"k:{name}", value)
    if path == "collections.defaultdict":
        made.hold("factory", frozenset(o for o in arguments.all() if o.kind == "function"))
        made.hold("[]", hand_over(machine, union(arguments.positional[:1]), EMPTY, node))
        made.hold("[]", frozenset((machine.new(node, "unknown", "default"),)))
    return frozenset((made,))


def _copy(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    copies = []
    for obj in union(arguments.positional[:1]):
        copy = machine.heap.make(
            (machine.new(node, "unknown", "copy").key, obj.key), obj.kind, obj.path
        )
        for name, value in obj.fields.items():
            copy.hold(name, value)
        for name, value in arguments.keywords.items():
            copy.hold(name, value)
        copies.append(copy)
    return frozenset(copies)


def _getattr(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    target, *names = arguments.positional or (EMPTY,)
    texts = [obj.path for obj in (names[0] if names else EMPTY) if obj.kind == "str"]
    default = union(names[1:])
    if texts:
        return default | union(expressions.attribute(machine, target, text, node) for text in texts)
    return default | union(machine.heap.part(obj, ANY) for obj in target)


def _setattr(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    del node
    if len(arguments.positional) >= 3:  # noqa: PLR2004
        target, name, value = arguments.positional[:3]
        for obj in target:
            for text in [item.path for item in name if item.kind == "str"] or [ANY]:
                obj.hold(text, value)
        machine.change(target)
    return EMPTY


def _type(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    del node
    return union(_type_of(machine, obj) for obj in union(arguments.positional[:1]))


def _type_of(machine: Machine, obj: Obj) -> Value:
    if obj.kind in ("list", "dict", "set"):
        return frozenset((machine.heap.library(f"builtins.{obj.kind}"),))
    return obj.fields.get("class", EMPTY)


def _views(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    parts = machine.new(node, "list", "views")
    parts.hold(ANY, union(arguments.positional[:1]))
    return frozenset((parts,))


def _from_buffer(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    owners = union(arguments.positional[:1])
    made = (windows.onto(machine, obj, "array", node) for obj in _in_order(owners) if not obj.fixed)
    return frozenset(made) or machine.fresh(node, "array")


def _einsum(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """With one operand and nothing summed up, the result is a view of it."""
    machine.change(arguments.keywords.get("out", EMPTY))
    new = machine.fresh(node, "array", "einsum")
    subscripts = node.args[0] if node.args else None
    if len(node.args) != 2 or not isinstance(subscripts, ast.Constant):  # noqa: PLR2004
        return new
    before, arrow, after = str(subscripts.value).partition("->")
    view = bool(arrow) and set(before.strip()) == set(after.strip())
    return union(arguments.positional[1:2]) if view else new


def _deepcopy(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    kinds = {obj.kind for obj in union(arguments.positional[:1])}
    kind = next(iter(kinds)) if len(kinds) == 1 else "unknown"
    if kind in ("list", "dict", "set", "frame", "array", "tuple"):
        copy = machine.new(node, kind, "deepcopy")
        if any(obj.fields for obj in union(arguments.positional[:1])):
            copy.hold(ANY, machine.fresh(node, "unknown", "inside"))
        return frozenset((copy,))
    copies = []
    for obj in union(arguments.positional[:1]):
        copy = machine.heap.make(
            (machine.new(node, "unknown", "deep").key, obj.key), obj.kind, obj.path
        )
        copy.hold("class", obj.fields.get("class", EMPTY))
        copies.append(copy)
    return frozenset(copies)


def _new(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    made = (classes.bare(machine, obj, node) for obj in arguments.all() if obj.kind == "class")
    return frozenset(made) or machine.fresh(node)


def _from_keys(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """All keys get the same object."""
    made = machine.new(node, "dict", "from keys")
    made.hold("key", iteration.elements(machine, union(arguments.positional[:1]), node))
    made.hold("[]", union(arguments.positional[1:2]))
    return frozenset((made,))


def _chain_map(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """It reads all of its dictionaries, and writes into the first."""
    made = machine.new(node, "dict", "chain")
    for obj in arguments.all():
        made.hold(ANY, obj.contents())
    made.hold("chained", arguments.all())
    return union(arguments.positional[:1]) | {made}


def _path(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    return paths.path(machine, node, _parts(arguments))


def _joined_path(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    del node
    return paths.strings(machine, _parts(arguments), separator="/")


def _parts(arguments: Arguments) -> tuple[Value, ...]:
    return (*arguments.positional, EMPTY) if arguments.rest else arguments.positional


def _text(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    _plain(machine, "str", node, arguments.all())
    return paths.strings(machine, arguments.positional)


def _partial(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    return _result(machine, "functools.partial", node, arguments, EMPTY)


def _cast(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    del machine, node
    return union(arguments.positional[1:2])


def _closing(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    """What is closed in the end is closed here: nothing is known of it in between."""
    given = arguments.all()
    for obj in _in_order(given):
        classes.call_method(machine, obj, "close", node, EMPTY)
    return given


def _redirecting(machine: Machine, node: ast.Call, arguments: Arguments) -> Value:
    given = arguments.all()
    machine.change(given)
    classes.handed_over(machine, given, EMPTY, node)
    return frozenset((machine.new(node, "object", "redirected"),))


SPECIAL: dict[str, Meaning] = {
    "typing.cast": _cast,
    "contextlib.closing": _closing,
    "contextlib.aclosing": _closing,
    "contextlib.redirect_stdout": _redirecting,
    "contextlib.redirect_stderr": _redirecting,
    f"builtins.{tables.COPIES}": _deepcopy,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.object.__setattr__": _setattr,
    "builtins.type": _type,
    **dict.fromkeys(tables.SPLITS, _views),
    "numpy.einsum": _einsum,
    "numpy.frombuffer": _from_buffer,
    **dict.fromkeys(paths.PATHS, _path),
    "os.path.join": _joined_path,
    "builtins.str": _text,
    "copy.deepcopy": _deepcopy,
    "copy.copy": _copy,
    "copy.replace": _copy,
    "dataclasses.replace": _copy,
    "functools.partial": _partial,
    "builtins.exec": dynamic.execute,
    "builtins.eval": dynamic.execute,
    "builtins.object.__new__": _new,
    "builtins.dict.fromkeys": _from_keys,
    "collections.ChainMap": _chain_map,
    "builtins.globals": dynamic.namespace,
    "builtins.locals": dynamic.namespace,
    "builtins.vars": dynamic.namespace,
    "builtins.dir": dynamic.namespace,
    "builtins.__import__": dynamic.imported,
    "importlib.import_module": dynamic.imported,
}
