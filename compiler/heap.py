"""Abstract objects: what a name may stand for, and what those objects may hold.

An object stands for everything made at one place of the notebook in one calling context. What an
object may hold only ever grows; names are precise, contents are not. Values that cannot be shared
(numbers, unknown strings) are no object at all, so an empty `Value` means "nothing to share".
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nbprism.compiler.frames import Frame
    from nbprism.compiler.records import Statement

Kind = Literal[
    "list", "dict", "set", "tuple", "frame", "array", "lib", "function", "class", "instance",
    "bound", "generator", "iterator", "handle", "object", "unknown", "str", "scope", "super",
]  # fmt: skip

ANY = "*"
"""Field for what an object may hold under any name, key or index."""

IMMUTABLE: frozenset[str] = frozenset({"lib", "str"})
#: Objects a library made: what changes the whole changes its parts too.
OPAQUE: frozenset[str] = frozenset({"object", "unknown", "instance", "iterator", "handle"})


@dataclass(eq=False, slots=True)
class Obj:
    """One abstract object."""

    key: Hashable
    kind: Kind
    path: str = ""
    """Dotted path of a library object, text of a string, or what a handle is."""
    node: ast.AST | None = None
    """Definition of a function, class or generator."""
    frame: Frame | None = None
    """Where that definition looks names up."""
    statement: Statement | None = None
    """The top-level statement that defines a function or class, if one does."""
    fields: dict[str, Value] = field(default_factory=dict)
    parents: set[Obj] = field(default_factory=set)
    altered: int | None = None
    """Order of the statement that first changed a class or function, or what it holds."""
    names: dict[str, None] = field(default_factory=dict)
    """Global names that pointed here at some time."""

    def hold(self, name: str, value: Value) -> None:
        """Add `value` to what the object may hold in that field."""
        known = self.fields.get(name)
        if known is None:
            self.fields[name] = value
        elif value <= known:
            return
        else:
            self.fields[name] = known | value
        for child in value:
            if child is not self:
                child.parents.add(self)

    def held(self, name: str) -> Value:
        """Return what that field may hold."""
        return self.fields.get(name, EMPTY) | self.fields.get(ANY, EMPTY)

    def contents(self) -> Value:
        """Return everything the object may hold directly."""
        return union(self.fields.values())

    def handed_out(self) -> Value:
        """Return what an iterator yields, not what it iterates over or calls."""
        behind = ("source", "function")
        return union(value for name, value in self.fields.items() if name not in behind)


Value = frozenset[Obj]
EMPTY: Value = frozenset()


class Heap:
    """Every abstract object of one notebook, by the place where it is made."""

    def __init__(self) -> None:
        self._objects: dict[Hashable, Obj] = {}

    def make(self, key: Hashable, kind: Kind, path: str = "") -> Obj:
        """Return the object made at that place, always the same one."""
        known = self._objects.get(key)
        if known is None:
            known = self._objects[key] = Obj(key, kind, path)
        return known

    def altered(self) -> frozenset[Obj]:
        """Return the classes and functions that were changed after they were defined."""
        definitions = (obj for obj in self._objects.values() if obj.statement is not None)
        return frozenset(obj for obj in definitions if obj.altered is not None)

    def library(self, path: str) -> Obj:
        """Return the module, class or function of that dotted path."""
        return self.make(path, "lib", path)

    def text(self, text: str) -> Obj:
        """Return the string constant."""
        return self.make(("str", text), "str", text)

    def part(self, whole: Obj, name: str) -> Value:
        """Return what `whole` holds in a field, something unknown if nothing is known of it."""
        held = whole.held(name)
        if held or whole.kind in IMMUTABLE:
            return held
        # A part of a part of a part... would never end, so deep parts stand for themselves.
        if whole.kind == "unknown" and any(up.kind == "unknown" for up in whole.parents):
            return frozenset((whole,))
        piece = self.make((whole.key, name), "unknown")
        whole.hold(name, frozenset((piece,)))
        return whole.held(name)


def union(values: Iterable[Value]) -> Value:
    """Return all objects of all values."""
    return EMPTY.union(*values)


def reach(value: Iterable[Obj]) -> set[Obj]:
    """Return the objects and all they may hold, however deep."""
    seen = set(value)
    stack = list(seen)
    while stack:
        for held in stack.pop().fields.values():
            fresh = held - seen
            seen |= fresh
            stack.extend(fresh)
    return seen


def holders(value: Iterable[Obj]) -> Iterator[Obj]:
    """Yield the objects and all that may hold them, however far up."""
    seen = set(value)
    stack = list(seen)
    while stack:
        obj = stack.pop()
        yield obj
        for parent in obj.parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
