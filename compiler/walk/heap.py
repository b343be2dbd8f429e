"""Abstract objects: what a name may stand for, and what those objects may hold.

An object stands for everything made at one place of the notebook in one calling context. What an
object may hold only ever grows; names are precise, contents are not. Values that cannot be shared
(numbers, unknown strings) are no object at all, so an empty `Value` means "nothing to share".
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from nbprism.compiler.code.same_code import same_code
from nbprism.compiler.walk.holders import Ledger
from nbprism.compiler.walk.tracked import Diary, Tracked

if TYPE_CHECKING:
    from nbprism.compiler.walk.frames import Frame
    from nbprism.compiler.walk.holders import Holder
    from nbprism.compiler.walk.records import Place

Kind = Literal[
    "list", "dict", "set", "tuple", "frame", "array", "lib", "function", "class", "instance",
    "bound", "generator", "iterator", "handle", "object", "unknown", "str", "pattern", "scope",
    "super", "cell",
]  # fmt: skip

ANY = "*"
"""Field for what an object may hold under any name, key or index."""

DRAWING = "a drawing"
"""Path of the object that stands for a figure, its axes and all that is on them."""

PLAIN = "plain"
"""Path of what was a number, as a rule: what an attribute is that nothing to share was put into."""

SELECTION = "selection"
"""Path of a part of a frame that has no name of its own."""

WINDOW = "a window"
"""Path of an object that looks into the memory of another."""

CELL = "a cell"
"""Path of the object that stands for whatever the cells of a frame hold."""

UNKNOWN = "\0"
"""Stands in a pattern for a piece of text that nobody can see."""

MEMOISED = "memoised"
"""Path of a function that remembers what it returned."""

IMMUTABLE: frozenset[str] = frozenset({"lib", "str", "pattern"})
#: Objects a library made: what changes the whole changes its parts too.
OPAQUE: frozenset[str] = frozenset({"object", "unknown", "instance", "iterator", "handle"})


class State(NamedTuple):
    """All of an object that can differ from one point of the notebook to another."""

    kind: Kind
    path: str
    node: ast.AST | None
    frame: Frame | None
    place: Place | None
    fields: dict[str, Value]
    altered: Place | None

    def same(self, other: State) -> bool:
        """Return whether the states are equal, whenever their code was parsed."""
        if self == other:
            return True
        return self._replace(node=other.node) == other and same_code(self.node, other.node)


class Obj(Tracked):
    """One abstract object."""

    LIVING = State._fields
    __slots__ = ("fixed", "held_by", "key", "ledger", *LIVING)

    key: Hashable
    """The place that makes it. Says nothing of where that is in the notebook, so that the object
    is the same when cells above it change."""
    kind: Kind
    path: str
    """Dotted path of a library object, text of a string, or what a handle is."""
    node: ast.AST | None
    """Definition of a function, class or generator."""
    frame: Frame | None
    """Where that definition looks names up."""
    place: Place | None
    """The top-level statement that defines a function or class, if one does."""
    fields: dict[str, Value]
    altered: Place | None
    """The statement that first changed a class or function, or what it holds."""
    fixed: bool
    """True for what never changes, and so is never asleep."""
    ledger: Ledger
    held_by: dict[Holder, int]
    """Objects and global names that hold it or did at some time, and how many cells made them."""

    def __init__(self, key: Hashable, ledger: Ledger, *, fixed: bool) -> None:
        self.key, self.ledger, self.fixed = key, ledger, fixed
        self.diary = self.state = None
        self.held_by = {}

    def holders(self) -> list[Holder]:
        """Return the objects and global names that hold it or did at some time."""
        return self.ledger.ask(self)

    def begin(self, kind: Kind, path: str) -> None:
        """Come into being, with nothing known of it yet."""
        self.kind, self.path = kind, path
        self.node = self.frame = self.place = self.altered = None
        self.fields = {}

    def thaw(self, state: State) -> None:
        self.kind, self.path, self.node, self.frame, self.place = state[:5]
        self.altered = state.altered
        self.fields = dict(state.fields)

    def frozen(self) -> State:
        return State(
            self.kind, self.path, self.node, self.frame, self.place, self.fields, self.altered
        )

    def behind(self) -> Iterable[Tracked]:
        frame = self.frame
        while frame is not None:
            yield frame
            frame = frame.parent

    def empty(self) -> None:
        del self.kind, self.path, self.node, self.frame, self.place
        del self.fields, self.altered

    def hold(self, name: str, value: Value) -> None:
        """Add `value` to what the object may hold in that field."""
        if self.fixed:
            return
        known = self.fields.get(name)
        if known is None:
            self.fields[name] = value
        elif value <= known:
            return
        else:
            self.fields[name] = known | value
        add = self.ledger.add
        for child in value:
            if child is not self and not child.fixed:
                add(child, self)

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
        self.awake: Diary = {}
        self.ledger = Ledger()

    def make(self, key: Hashable, kind: Kind, path: str = "") -> Obj:
        """Return the object made at that place, always the same one."""
        obj = self._objects.get(key)
        if obj is None:
            obj = self._objects[key] = Obj(key, self.ledger, fixed=kind in IMMUTABLE)
            if obj.fixed:
                obj.begin(kind, path)
        if not obj.fixed and obj not in self.awake:
            if obj.state is None:
                self.awake[obj] = None
                obj.begin(kind, path)
            else:
                obj.wake()
        return obj

    def __len__(self) -> int:
        """Return how many objects are remembered, those of earlier walks included."""
        return len(self._objects)

    def library(self, path: str) -> Obj:
        """Return the module, class or function of that dotted path."""
        return self.make(path, "lib", path)

    def text(self, text: str) -> Obj:
        """Return the string constant, or one of which only some pieces are known."""
        kind: Kind = "pattern" if UNKNOWN in text else "str"
        return self.make((kind, text), kind, text)

    def array_of(self, frame: Obj) -> Obj:
        """Return the array that looks into the frame's memory."""
        return self.make((frame.key, WINDOW), "array", WINDOW)

    def cell_of(self, frame: Obj) -> Obj:
        """Return what stands for whatever is in the frame's cells."""
        return self.make((frame.key, CELL), "cell", CELL)

    def origins(self, frame: Obj) -> list[Obj]:
        """Return the frame and those that it is a selection of: they share what is in its cells."""
        found, stack = {frame: None}, [frame]
        while stack:
            whole = stack.pop()
            match whole.key:
                case (chosen, "kept") if chosen in self._objects:
                    above = [self.make(chosen, "frame", SELECTION)]
                case _ if whole.path == SELECTION:
                    above = [by for by in whole.holders() if isinstance(by, Obj)]
                case _:
                    continue
            fresh = [obj for obj in above if obj.kind == "frame" and obj not in found]
            found.update(dict.fromkeys(fresh))
            stack += fresh
        return [obj for obj in found if obj.path != SELECTION]

    def settled(self, value: Value) -> Value:
        """Return the value with frames of their own for selections of frames.

        A selection changes its frame only while it has no name of its own.
        """
        if not any(obj.path == SELECTION for obj in value):
            return value
        return frozenset(
            self.make((obj.key, "kept"), "frame") if obj.path == SELECTION else obj for obj in value
        )

    def behind(self, value: Iterable[Obj]) -> Iterator[Obj]:
        """Yield what changes with the objects: frames whose cells or whose memory they are.

        Older versions of pandas let arrays write into their frames.
        """
        for obj in value:
            if obj.kind == "bound":
                # What was taken for a method, and then changed, was a field.
                yield from obj.fields.get("self", EMPTY)
            match obj.key:
                case (owner, path) if path in (WINDOW, CELL) and owner in self._objects:
                    yield self.make(owner, "frame")

    def part(self, whole: Obj, name: str) -> Value:
        """Return what `whole` holds in a field, something unknown if nothing is known of it."""
        if whole.path == DRAWING or whole.kind == "cell":
            return frozenset((whole,))
        held = whole.held(name)
        if held or whole.kind in IMMUTABLE:
            return held
        # A part of a part of a part... would never end, so deep parts stand for themselves.
        if whole.kind == "unknown" and any(
            not isinstance(up, str) and up.kind == "unknown" for up in whole.holders()
        ):
            return frozenset((whole,))
        piece = self.make((whole.key, name), "unknown", PLAIN if name in whole.fields else "")
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


def reach_asleep(value: Iterable[Obj]) -> set[Obj]:
    """Return the same once the walk is over: what is asleep stays so."""
    seen = set(value)
    stack = list(seen)
    while stack:
        state: State | None = stack.pop().state
        for held in state.fields.values() if state is not None else ():
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
        for parent in obj.holders():
            if not isinstance(parent, str) and parent not in seen:
                seen.add(parent)
                stack.append(parent)


def parts_that_change(obj: Obj, *, deep: bool) -> Value | set[Obj]:
    """Return what changes with the object: parts nobody can tell from the whole."""
    if obj.kind not in ("object", "unknown", "instance"):
        return EMPTY
    if not deep:
        return frozenset(
            part for part in obj.contents() if part.kind == "unknown" and obj.kind == "unknown"
        )
    return {part for part in reach((obj,)) if part.kind in ("object", "unknown", "instance")}
