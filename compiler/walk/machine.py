"""Walks the notebook top to bottom, abstractly, the way one kernel would run it.

The machine knows where it is (cell, statement, function, branch), what every name may stand for,
and what each step has read, bound and changed. What a piece of syntax means is in `statements`,
`expressions` and `calls`, which register themselves here; what follows from it is in `linker`.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from nbprism.compiler.code.magics import parse_cell
from nbprism.compiler.flow import CodeCell
from nbprism.compiler.walk.findings import Findings
from nbprism.compiler.walk.frames import Frame, joined
from nbprism.compiler.walk.heap import (
    EMPTY,
    IMMUTABLE,
    Heap,
    Kind,
    Obj,
    Value,
    holders,
    parts_that_change,
)
from nbprism.compiler.walk.library.iterators import used_up_with
from nbprism.compiler.walk.library.tables import CONFIGURATION, COPIES, SEEDS
from nbprism.compiler.walk.namespace import Changes, Namespace, incoming_versions
from nbprism.compiler.walk.parameter_cells import sets_parameters
from nbprism.compiler.walk.records import (
    CellActivity,
    Mode,
    Mutation,
    Place,
    Read,
    Statement,
    StatementKind,
    Version,
    VersionKind,
)
from nbprism.compiler.walk.replay import acts, label_of, statement_kind

BUILTINS = frozenset(dir(builtins))
INJECTED = frozenset({"display", "get_ipython", "exit", "quit", "open", COPIES})
MODULE_NAMES = frozenset(
    {"__name__", "__doc__", "__builtins__", "__file__", "__annotations__", "__debug__"}
)
_WORD = re.compile(r"[A-Za-z_]\w*")
FUEL = 2000
"""Statements of called functions that are walked for one cell, before calls are only sketched."""


class Exit(IntEnum):
    """How control leaves a statement."""

    NEXT = 0
    STOP = 1
    """`return`, `break`, `continue`: what follows in the block is not reached."""
    DEAD = 2
    """`raise`: nothing that the branch did is seen afterwards."""


class Machine:
    """The state of the walk of one notebook."""

    statements: dict[type[ast.AST], Callable[[Machine, ast.AST], Exit]] = {}  # noqa: RUF012
    expressions: dict[type[ast.AST], Callable[[Machine, ast.AST], Value]] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.heap = Heap()
        self.space = Namespace()
        self.places: dict[Hashable, Place] = {}
        self.findings: Findings
        self.activity: CellActivity | None = None
        self.configuration: list[Statement] = []
        self.frame: Frame | None = None
        self.statement: Statement
        self.cell: CodeCell
        self.context: Hashable = ()
        self.base = 0
        self.line = 1
        self.calls: list[Obj] = []
        self.running: dict[Obj, Frame] = {}
        self.conditional = 0
        self.guarded = 0
        self.tries = 0
        self.speculative = 0
        self.mode = Mode()
        self.effects = 0
        """Changes of what names stand for, so far."""
        self.discarded: set[ast.AST] = set()
        self.fuel = FUEL
        self.sketched: set[ast.AST] = set()
        self.handed: set[Obj] = set()
        self.touched: dict[str, None] = {}

    def __len__(self) -> int:
        """Return how much is remembered, of earlier walks too."""
        return len(self.heap) + len(self.space) + len(self.places)

    def walk(self, cell: CodeCell) -> list[Statement]:
        """Walk one cell, after those above it; return its statements, as far as they are run."""
        self._enter(cell)
        code = parse_cell(cell.source)
        if code.deep:
            self.findings.too_complex(cell, code.line)
        elif code.problem:
            self.findings.syntax(cell, code.problem, code.line)
            unread = self.mode.unread.union(_WORD.findall(cell.source))
            self.mode = self.mode._replace(unread=unread)
        walked: list[Statement] = []
        labels: Counter[str] = Counter()
        for node in code.tree.body if code.tree is not None else ():
            walked.append(self._start(cell, node, labels))
            left = self._run_top(node)
            if self.statement.kind == "configuration" or self._acts_outside():
                self.configuration.append(self.statement)
            if cell.role == "parameters":
                needed = self.mode.needed_by_parameters | self.statement.needs.keys()
                self.mode = self.mode._replace(needed_by_parameters=needed)
            if left is Exit.DEAD:
                break
        if self.activity is not None:
            self._note_latest(self.activity)
        return walked

    def _start(self, cell: CodeCell, node: ast.stmt, labels: Counter[str]) -> Statement:
        label = label_of(node)
        labels[label] += 1
        key = (cell.id, label, labels[label])
        place = self.places.get(key) or self.places.setdefault(key, Place(key))
        self.statement = place.statement = Statement(cell, node, place, self._kind_of(node))
        self.context, self.base = place.key, node.lineno
        return self.statement

    def _kind_of(self, node: ast.stmt) -> StatementKind:
        if self.cell.role == "parameters" and sets_parameters(node, self.mode.needed_by_parameters):
            return "parameter"
        kind = statement_kind(node)
        made = isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno in self.cell.repeatable
        return "definition" if made else kind

    def _run_top(self, node: ast.stmt) -> Exit:
        try:
            return self.run([node])
        except RecursionError:
            # Nested deeper than Python can walk: reported, and the walk goes on below it.
            self.calls.clear()
            self.running.clear()
            self.handed.clear()
            self.conditional = self.speculative = self.guarded = self.tries = 0
            self.frame = None
            self.space.settle()
            self.findings.too_complex(self.cell, node.lineno)
            return Exit.NEXT

    def _acts_outside(self) -> bool:
        """Tell whether a setup statement is there for an effect that no name shows."""
        statement = self.statement
        made = (self.space.get(name) for name in self.touched)
        return (
            (self.cell.step is None or statement.node.lineno in self.cell.repeatable)
            and not statement.binds
            and all(version is None or version.statement is not statement for version in made)
            and acts(statement.node)
        )

    def _enter(self, cell: CodeCell) -> None:
        self.cell, self.line, self.frame = cell, 1, None
        self.findings, self.configuration = Findings(), []
        self.activity = CellActivity() if cell.step is not None else None
        self.fuel, self.touched = FUEL, {}
        self.discarded.clear()
        self.sketched.clear()
        self.space.enter()

    def _note_latest(self, activity: CellActivity) -> None:
        for name in self.touched:
            version = self.space.get(name)
            if version is not None and version.step == self.cell.step:
                activity.latest[name] = version

    # What the syntax modules use -----------------------------------------------------------

    def value(self, node: ast.AST | None) -> Value:
        """Return what the expression may stand for, with everything its evaluation does."""
        if node is None:
            return EMPTY
        meaning = self.expressions.get(type(node))
        return meaning(self, node) if meaning is not None else EMPTY

    def run(self, body: list[ast.stmt]) -> Exit:
        """Walk the statements in order; return how control leaves them."""
        for node in body:
            if self.calls:
                self.fuel -= 1
                if self.fuel < 0:
                    return Exit.STOP
            meaning = self.statements.get(type(node))
            if meaning is not None and (left := meaning(self, node)) is not Exit.NEXT:
                return left
        return Exit.NEXT

    def new(self, node: ast.AST, kind: Kind = "unknown", tag: str = "", path: str = "") -> Obj:
        """Return the object that this place of the code makes."""
        place = (getattr(node, "lineno", 0) - self.base, getattr(node, "col_offset", 0))
        return self.heap.make((self.context, place, kind, tag), kind, path)

    def fresh(self, node: ast.AST, kind: Kind = "unknown", tag: str = "") -> Value:
        """Return a value with that one new object."""
        return frozenset((self.new(node, kind, tag),))

    def at(self, node: ast.AST) -> None:
        """Remember the line, which inside functions stays that of the call in the cell."""
        if not self.calls:
            self.line = getattr(node, "lineno", self.line)

    # Names ----------------------------------------------------------------------------------

    def load(self, name: str) -> Value:
        """Return what the name stands for here, and note the read."""
        frame, inner = self.frame, False
        while frame is not None:
            if frame.kind == "class" and inner:
                frame = frame.parent
                continue
            if name in frame.scope.global_:
                break
            if name in frame.scope.bound and (frame.kind != "class" or name in frame.variables):
                return frame.variables.get(name, EMPTY)
            inner = True
            frame = frame.parent
        return self.load_global(name)

    def load_global(self, name: str) -> Value:
        """Return what the global name stands for at this point, and note the read."""
        version = self.space.get(name)
        if version is None or version.kind == "deleted":
            return self._unbound(name, version)
        self.note_read(version)
        return version.value

    def note_read(self, version: Version) -> None:
        """Note that the current statement needs this version."""
        self.statement.needs.setdefault(version.name, version)
        if self.activity is None:
            return
        for incoming in incoming_versions(version, self.cell.step):
            place = (incoming, self.line)
            if place not in self.activity.reads:
                self.activity.reads[place] = Read(incoming, self.cell, self.line)

    def _unbound(self, name: str, version: Version | None) -> Value:
        if name in BUILTINS or name in INJECTED:
            return frozenset((self.heap.library(f"builtins.{name}"),))
        if name not in MODULE_NAMES:
            self.findings.unbound(self, name, version)
        return EMPTY

    def store(self, name: str, value: Value, node: ast.AST, *, walrus: bool = False) -> None:
        """Bind the name here: locally, in the function around, or globally."""
        frame = self.frame
        while walrus and frame is not None and frame.kind == "comprehension":
            frame = frame.parent
        if frame is None or name in frame.scope.global_:
            self.store_global(name, value, node)
        elif name in frame.scope.nonlocal_:
            self._store_outside(frame, name, value)
        else:
            frame.variables[name] = value

    def store_global(self, name: str, value: Value, node: ast.AST) -> None:
        """Make a new version of the global name."""
        self.effects += 1
        self.at(node)
        value = self.heap.settled(value)
        self.statement.binds[name] = None
        self._put(self._version(name, value, self._kind()))

    def rebind_hidden(self, name: str, value: Value) -> None:
        """Make a new version of a name that no code can see."""
        kind: VersionKind = "setup" if self.cell.step is None else "value"
        self._put(self._version(name, value, kind))

    def extend(self, name: str) -> None:
        """Note that the statement adds to the definition of that name: both are replayed."""
        old = self.space.get(name)
        if old is not None and self.frame is None:
            self._put(self._version(name, old.value, "definition", old))

    def _version(
        self, name: str, value: Value, kind: VersionKind, prior: Version | None = None
    ) -> Version:
        step = self.cell.step
        return self.space.version(name, step, self.statement, self.line, value, kind, prior)

    def _kind(self) -> VersionKind:
        if self.statement.kind in ("import", "definition") and not self.calls:
            return "definition"
        if self.cell.step is None:
            return "parameter" if self.statement.kind == "parameter" else "setup"
        return "value"

    def _put(self, version: Version) -> None:
        self.space.put(version)
        self.touched[version.name] = None
        if self.activity is not None:
            self.activity.made.setdefault(version.name, self.statement)

    def _store_outside(self, frame: Frame, name: str, value: Value) -> None:
        outer = frame.parent
        while outer is not None and (outer.kind != "function" or name not in outer.scope.bound):
            outer = outer.parent
        if outer is None:
            return
        outer.variables[name] = outer.variables.get(name, EMPTY) | value
        if outer.cell is not None:
            outer.cell.hold(name, value)
            self.change(frozenset((outer.cell,)))

    def delete(self, name: str, node: ast.AST) -> None:
        """Unbind the name."""
        self.load(name)
        if self.frame is None or name in self.frame.scope.global_:
            self.at(node)
            self._put(self._version(name, EMPTY, "deleted"))
        else:
            self.frame.variables.pop(name, None)

    def forget(self, name: str) -> None:
        """Unbind a name that only lives for a block, such as `except ... as e`."""
        if self.frame is None and self.space.get(name) is not None:
            self._put(self._version(name, EMPTY, "deleted"))

    def load_if_bound(self, name: str) -> Value:
        """Return what the name stands for and note the read, if something above binds it."""
        version = self.space.get(name)
        if version is None or version.kind == "deleted":
            return EMPTY
        self.note_read(version)
        return version.value

    def read_everything(self) -> None:
        """Note a read of every value there is."""
        for name in self.space.names():
            self.load_if_bound(name)

    def configures(self, path: str) -> None:
        """Note that the statement configures a library, so later units repeat it."""
        if self.calls or self.statement.kind not in ("plain", "configuration", "import"):
            return
        self.statement.kind = "configuration"
        self.statement.modules[path.partition(".")[0]] = None

    def note_module(self, path: str) -> None:
        """Note that the step touches a package."""
        if self.activity is not None:
            self.activity.modules[path.partition(".")[0]] = None

    def note_call(self, path: str, node: ast.AST) -> None:
        """Note a call of a library function that configures the library."""
        # Where a step seeds, the state travels to those who draw.
        seeds = self.cell.step is not None and path in SEEDS
        if path in CONFIGURATION and node in self.discarded and not seeds:
            self.configures(path)

    def compare_identity(self, value: Value) -> None:
        """Note that the step asks whether values are the same object: sharing must be kept."""
        if self.activity is None:
            return
        # Classes are looked up by name, so in every process each is one object.
        objects = {obj for obj in value if obj.kind not in IMMUTABLE and obj.kind != "class"}
        if seen := self._seen_by(objects):
            self.activity.mutations.append(Mutation(seen, frozenset(objects), self.statement.place))

    def keep_changes(self, changes: Changes) -> None:
        """Keep what a branch changed in place, drop what it bound."""
        self.space.apply({name: v for name, v in changes.items() if v is not None and v.changed})

    # Change in place --------------------------------------------------------------------------

    def change(self, value: Value, *, deep: bool = False) -> None:
        """Note that the objects change in place: every name that sees them has a new version."""
        targets = {obj for obj in value if obj.kind not in IMMUTABLE}
        if not targets:
            return
        targets.update([*self.heap.behind(targets)], used_up_with(targets))
        targets |= {part for obj in targets for part in parts_that_change(obj, deep=deep)}
        self._changed(self._seen_by(targets, altering=True), frozenset(targets))

    def _seen_by(self, targets: set[Obj], *, altering: bool = False) -> dict[str, Version]:
        seen: dict[str, Version] = {}
        for holder in holders(targets):
            if altering and holder.place is not None and holder.altered is None:
                holder.altered = self.statement.place
            for name in holder.holders():
                if not isinstance(name, str):
                    continue
                version = self.space.get(name)
                if version is not None and holder in version.value:
                    seen[name] = version
        return dict(sorted(seen.items()))

    def touch(self, node: ast.AST) -> None:
        """Note a change of what the name at the root of the expression stands for."""
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Name) and (
            self.frame is None or node.id not in self.frame.scope.bound
        ):
            version = self.space.get(node.id)
            if version is not None and version.kind != "deleted":
                self._changed({node.id: version}, EMPTY)

    def _changed(self, seen: dict[str, Version], objects: Value) -> None:
        self.effects += len(seen)
        if seen and objects and self.activity is not None:
            self.activity.mutations.append(Mutation(dict(seen), objects, self.statement.place))
        for name, version in seen.items():
            if (
                version.changed
                and version.statement is self.statement
                and version.step == self.cell.step
            ):
                continue
            self._put(self._successor(name, version))

    def _successor(self, name: str, version: Version) -> Version:
        step = self.cell.step
        incoming = [version] if step is None else incoming_versions(version, step)
        return self.space.version(
            name, step, self.statement, self.line, version.value,
            "setup" if step is None else "value",
            incoming[0] if incoming else None, version.missing, changed=True,
        )  # fmt: skip

    # Branches -----------------------------------------------------------------------------------

    def either(self, bodies: list[Callable[[], Exit]], *, warn: bool = False) -> Exit:
        """Walk the bodies as alternatives from the same state and merge what they leave.

        Args:
            bodies: the alternatives.
            warn: whether a name that only some bind counts as conditionally defined.
        """
        before = dict(self.frame.variables) if self.frame is not None else {}
        ends, variables, exits = [], [], []
        self.conditional += 1
        for body in bodies:
            self.space.begin()
            if self.frame is not None:
                self.frame.variables = dict(before)
            left = body()
            changes = self.space.rollback()
            exits.append(left)
            if left is not Exit.DEAD:
                ends.append(changes)
                variables.append(self.frame.variables if self.frame is not None else {})
        self.conditional -= 1
        if ends:
            self.space.merge(ends, self.statement, self.cell.step, warn=warn)
        if self.frame is not None:
            self.frame.variables = joined(variables) if variables else before
        return min(exits, default=Exit.NEXT)

    def maybe(self, body: Callable[[], Exit], *, warn: bool = False) -> Exit:
        """Walk a body that may or may not run."""
        return self.either([body, lambda: Exit.NEXT], warn=warn)

    @contextmanager
    def within(self, frame: Frame | None) -> Iterator[None]:
        """Look names up in that frame for a while."""
        outer, self.frame = self.frame, frame
        try:
            yield
        finally:
            self.frame = outer

    @contextmanager
    def calling(self, called: Obj) -> Iterator[None]:
        """Walk the body of what is called; objects made there are told apart by the call."""
        outer = (self.context, self.base)
        line = self.line - self.statement.node.lineno
        self.context = (self.context, line, len(self.calls), called.key)
        self.base = getattr(called.node, "lineno", 0)
        self.calls.append(called)
        yield
        self.calls.pop()
        self.context, self.base = outer
