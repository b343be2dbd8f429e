"""Notebook classes: making them, instances, attributes, and methods that syntax calls.

Attributes of instances are kept apart by name, so changing `self.model` is no change of
`self.data`. Methods are found in the class and its notebook bases.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from nbprism.compiler.walk import functions
from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.frames import Frame, scope_of
from nbprism.compiler.walk.heap import ANY, EMPTY, MEMOISED, Obj, Value, union
from nbprism.compiler.walk.library import windows
from nbprism.compiler.walk.machine import Machine

FIELD = "dataclasses.field"
"""Path of what stands in a data class for values that its instances do not share."""
METACLASS = "metaclass="
"""Field for the metaclass of a class; no attribute can be called so."""
KINDS = {
    "builtins.property": "property",
    "builtins.classmethod": "classmethod",
    "builtins.staticmethod": "staticmethod",
    "functools.cached_property": "cached property",
    "functools.lru_cache": MEMOISED,
    "functools.cache": MEMOISED,
}


def define(machine: Machine, node: ast.ClassDef) -> Obj:
    """Return the class that the statement makes; its body runs now."""
    made = machine.new(node, "class")
    made.node = node
    for base in node.bases:
        made.hold("bases", machine.value(base))
    for keyword in node.keywords:
        value = machine.value(keyword.value)
        if keyword.arg == "metaclass":
            made.hold(METACLASS, value)
    frame = Frame("class", scope_of(node), machine.frame)
    with machine.within(frame):
        machine.run(node.body)
    for name, value in frame.variables.items():
        made.hold(name, value)
        for method in value:
            if method.kind == "function":
                method.hold("in class", frozenset((made,)))
    if _is_enum(made):
        _make_members(machine, made, frame.variables)
    _announce(machine, made, node)
    return made


def _is_enum(cls: Obj) -> bool:
    return any(base.kind == "lib" and base.path.startswith("enum.") for base in bases(cls))


def _make_members(machine: Machine, made: Obj, body: Mapping[str, Value]) -> None:
    """What the body of an enumeration assigns becomes an instance of it."""
    for name, value in body.items():
        if name.startswith("_") or any(obj.kind in ("function", "class") for obj in value):
            continue
        member = machine.heap.make((made.key, "member", name), "instance")
        member.hold("class", frozenset((made,)))
        member.hold("value", value)
        made.fields[name] = EMPTY
        made.hold(name, frozenset((member,)))
        made.hold("[]", frozenset((member,)))


def _announce(machine: Machine, made: Obj, node: ast.ClassDef) -> None:
    """Walk what Python tells of the new class: its descriptors, its bases, its metaclass."""
    for value in list(made.fields.values()):
        for item in (item for item in value if item.kind == "instance"):
            call_method(machine, item, "__set_name__", node, frozenset((made,)))
    for base in made.fields.get("bases", EMPTY):
        call_method(machine, base, "__init_subclass__", node, EMPTY, receiver=made)
    for metaclass in metaclasses(made):
        call_method(machine, metaclass, "__new__", node, EMPTY)
        call_method(machine, metaclass, "__init__", node, EMPTY, receiver=made)


def metaclasses(cls: Obj) -> list[Obj]:
    """Return the notebook classes that the class is an instance of."""
    found = (made for base in bases(cls) for made in base.fields.get(METACLASS, EMPTY))
    return [made for made in found if made.kind == "class"]


def bases(cls: Obj) -> Iterable[Obj]:
    """Yield the class and its bases, nearest first."""
    seen = {cls}
    queue = [cls]
    while queue:
        current = queue.pop(0)
        yield current
        above = sorted(current.fields.get("bases", EMPTY) - seen, key=lambda obj: repr(obj.key))
        seen.update(above)
        queue.extend(above)


def lookup(cls: Obj, name: str) -> Value:
    """Return what the class has under that name, its own first, then its bases'."""
    for current in bases(cls):
        if current.kind == "class" and name in current.fields:
            return current.fields[name]
    return EMPTY


def classes_of(obj: Obj) -> Value:
    """Return the notebook classes of an instance, or the class itself."""
    return frozenset((obj,)) if obj.kind == "class" else obj.fields.get("class", EMPTY)


def is_foreign(obj: Obj) -> bool:
    """Return whether a library class is among the bases, whose methods nobody can see."""
    return any(base.kind != "class" for cls in classes_of(obj) for base in bases(cls))


def is_context(obj: Obj) -> bool:
    """Return whether the object is an instance that can only decorate as a context manager."""
    found = (bool(lookup(c, "__enter__")) and not lookup(c, "__call__") for c in classes_of(obj))
    return obj.kind == "instance" and any(found)


def instantiate(machine: Machine, cls: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Return a new instance; `__init__` and its like run now."""
    itself = arguments.behind(frozenset((cls,)))
    # A metaclass that makes instances itself asks `super().__call__` for them, and so comes here.
    makers = [m for meta in metaclasses(cls) for m in _methods(meta, "__call__")]
    made = [functions.invoke(machine, m, itself) for m in makers if m not in machine.running]
    return union(made) or _initialised(machine, cls, arguments, node)


def _initialised(machine: Machine, cls: Obj, arguments: Arguments, node: ast.AST) -> Value:
    itself = arguments.behind(frozenset((cls,)))
    makers = _methods(cls, "__new__")
    value = union(functions.invoke(machine, maker, itself) for maker in makers)
    value = frozenset(obj for obj in value if obj.kind == "instance")
    value = value or cls.fields.get("[]", EMPTY) if _is_enum(cls) else value
    value = value or frozenset((bare(machine, cls, node),))
    makers += _methods(cls, "__init__")
    for name in ("__init__", "__post_init__"):
        for method in _methods(cls, name):
            given = Arguments() if name == "__post_init__" else arguments
            functions.invoke(machine, method, given.behind(value))
    for made in value:
        if not makers or is_foreign(made):
            _fill(machine, made, cls, arguments)
    return value


def bare(machine: Machine, cls: Obj, node: ast.AST) -> Obj:
    """Return a new instance as `object.__new__` makes it."""
    made = machine.new(node, "instance", repr(cls.key))
    made.hold("class", frozenset((cls,)))
    return made


def _methods(cls: Obj, name: str) -> list[Obj]:
    return [method for method in lookup(cls, name) if method.kind == "function"]


def _fill(machine: Machine, made: Obj, cls: Obj, arguments: Arguments) -> None:
    """A dataclass or a library base keeps its arguments, by name where the class declares them."""
    declared = [
        item.target.id
        for current in reversed(list(bases(cls)))
        for item in getattr(current.node, "body", ())
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]
    for index, value in enumerate(arguments.positional):
        made.hold(declared[index] if index < len(declared) else ANY, value)
    for name, value in arguments.keywords.items():
        made.hold(name, value)
    made.hold(ANY, arguments.rest)
    for name in declared:
        for source in lookup(cls, name):
            if source.kind not in ("function", "class"):
                _default(machine, made, name, source)


def _default(machine: Machine, made: Obj, name: str, source: Obj) -> None:
    # `field(default_factory=list)` makes a new object for every instance.
    if source.path == FIELD:
        made.hold(name, frozenset((machine.heap.make((made.key, name, "default"), "unknown"),)))
        made.hold(name, functions.call_carried(machine, frozenset((source,)), EMPTY))
    else:
        made.hold(name, frozenset((source,)))


def attribute(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    """Return what the attribute of an instance, a class or `super()` may stand for."""
    if obj.kind == "super":
        return _super_attribute(machine, obj, name, node)
    if name == "__class__":
        return classes_of(obj)
    own = _own(obj, name) if obj.kind == "instance" else EMPTY
    found = [own]
    for cls in classes_of(obj):
        items = lookup(cls, name)
        if own:
            # What stands in the class only says how instances come to have one each.
            items = frozenset(item for item in items if item.path != FIELD)
        found.append(_bound(machine, obj, items, node))
    value = union(found) or _of_metaclass(machine, obj, name, node)
    if value:
        return value
    if name == "__dict__":
        return attributes(machine, obj, node)
    value = (
        call_method(machine, obj, "__getattr__", node, EMPTY) if obj.kind == "instance" else EMPTY
    )
    return value or (machine.heap.part(obj, name) if obj.kind == "instance" else EMPTY)


def _own(obj: Obj, name: str) -> Value:
    """Return what the instance itself has under that name, or in its `__dict__`."""
    own = obj.held(name)
    for view in obj.fields.get("window", EMPTY):
        own |= view.held(f"k:{name}") | view.fields.get("[]", EMPTY)
    return own


def _of_metaclass(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    """Return what a class has from its metaclass, whose instance it is."""
    itself, found = frozenset((obj,)), []
    for metaclass in metaclasses(obj) if obj.kind == "class" else ():
        for item in lookup(metaclass, name):
            if item.kind != "function":
                found.append(frozenset((item,)))
            elif item.path == "property":
                found.append(functions.invoke(machine, item, Arguments((itself,))))
            else:
                found.append(frozenset((_method(machine, item, itself, node),)))
    return union(found)


def attributes(machine: Machine, obj: Obj, node: ast.AST) -> Value:
    """Return the dictionary of the attributes: whoever changes it changes the object."""
    made = windows.onto(machine, obj, "dict", node)
    for name, value in list(obj.fields.items()):
        made.hold(f"k:{name}", value)
    return frozenset((made,))


def call_accessors(machine: Machine, obj: Obj, name: str, role: str, value: Value) -> None:
    """Walk what assigning to a property or another descriptor runs, or deleting it."""
    itself = frozenset((obj,))
    for cls in classes_of(obj) if obj.kind == "instance" else ():
        for item in lookup(cls, name):
            if item.path == role:
                functions.invoke(machine, item, Arguments((itself,), rest=value))
            elif item.kind == "instance":
                method = "__set__" if role == "setter" else "__delete__"
                given = Arguments((frozenset((item,)), itself), rest=value)
                for owner in classes_of(item):
                    for function in _methods(owner, method):
                        functions.invoke(machine, function, given)


def _super_attribute(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    receiver = next(iter(obj.fields.get("self", EMPTY)), obj)
    found = []
    for cls in obj.fields.get("class", EMPTY):
        for base in cls.fields.get("bases", EMPTY):
            found.append(_bound(machine, receiver, lookup(base, name), node))
    if not union(found) and name == "__new__":
        return frozenset((machine.heap.library("builtins.object.__new__"),))
    if not union(found) and name == "__call__" and receiver.kind == "class":
        return frozenset((receiver,))
    return union(found)


def _bound(machine: Machine, obj: Obj, value: Value, node: ast.AST) -> Value:
    found: list[Value] = []
    for item in value:
        if item.path in ("setter", "deleter"):
            continue
        if item.kind != "function" or item.path == "staticmethod":
            found.append(_got(machine, obj, item, node))
        elif item.path == "property":
            if obj.kind == "instance":
                found.append(functions.invoke(machine, item, Arguments((frozenset((obj,)),))))
        elif item.path == "cached property":
            if obj.kind == "instance":
                found.append(_kept(machine, obj, item))
        elif item.path == "classmethod":
            owner = classes_of(obj) if obj.kind == "instance" else frozenset((obj,))
            found.append(frozenset((_method(machine, item, owner, node),)))
        elif obj.kind == "instance":
            found.append(frozenset((_method(machine, item, frozenset((obj,)), node),)))
        else:
            found.append(frozenset((item,)))
    return union(found)


def _got(machine: Machine, obj: Obj, item: Obj, node: ast.AST) -> Value:
    """Return what a class attribute is, or what it gives if it is a descriptor."""
    if item.kind != "instance":
        return frozenset((item,))
    given = call_method(machine, item, "__get__", node, frozenset((obj,)))
    return given or frozenset((item,))


def _kept(machine: Machine, obj: Obj, function: Obj) -> Value:
    """Compute a cached property: the first time, the instance changes as it keeps the value."""
    name = getattr(function.node, "name", "")
    if f"kept:{name}" not in obj.fields:
        value = functions.invoke(machine, function, Arguments((frozenset((obj,)),)))
        obj.hold(f"kept:{name}", value)
        machine.change(frozenset((obj,)))
    return obj.fields[f"kept:{name}"]


def _method(machine: Machine, function: Obj, receiver: Value, node: ast.AST) -> Obj:
    who = tuple(sorted(repr(obj.key) for obj in receiver))
    made = machine.heap.make(("bound", function.key, who), "bound")
    made.hold("function", frozenset((function,)))
    made.hold("self", receiver)
    del node
    return made


def call_method(
    machine: Machine,
    obj: Obj,
    name: str,
    node: ast.AST,
    argument: Value,
    *,
    receiver: Obj | None = None,
) -> Value:
    """Return what a method that syntax calls returns, if the class defines it."""
    del node
    given = Arguments((frozenset((receiver or obj,)),), rest=argument)
    found = [
        functions.invoke(machine, method, given)
        for cls in classes_of(obj)
        for method in lookup(cls, name)
        if method.kind == "function"
    ]
    return union(found)


def as_function(machine: Machine, obj: Obj, node: ast.AST) -> Value:
    """Return what is called when the object is: of an instance, its `__call__`."""
    if obj.kind != "instance":
        return frozenset((obj,))
    methods = [method for cls in classes_of(obj) for method in _methods(cls, "__call__")]
    itself = frozenset((obj,))
    return frozenset(_method(machine, method, itself, node) for method in methods) or itself


def handed_over(machine: Machine, value: Value, argument: Value, node: ast.AST) -> None:
    """Walk every method of instances given to code nobody can see: it may call any of them."""
    for obj in value:
        # Its methods may hand it over again, which adds nothing but could take for ever.
        if obj.kind != "instance" or obj in machine.handed or machine.fuel <= 0:
            continue
        machine.handed.add(obj)
        names = dict.fromkeys(
            name
            for cls in classes_of(obj)
            for base in bases(cls)
            for name, held in base.fields.items()
            if name not in ("__init__", "__new__", "bases")
            and any(o.kind == "function" for o in held)
        )
        for name in names:
            call_method(machine, obj, name, node, argument)
        machine.handed.discard(obj)
