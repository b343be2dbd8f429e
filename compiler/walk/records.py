"""What the interpreter notes down while it walks the notebook, for the linker to use.

Plain data. A version is one state of a global name; a statement is one at the top level of a cell;
an activity is all that one step did.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nbprism.compiler.flow import CodeCell, Fragment
from nbprism.compiler.walk.heap import EMPTY, Obj, Value

VersionKind = Literal["value", "definition", "setup", "parameter", "deleted"]
StatementKind = Literal["plain", "import", "definition", "setup", "configuration", "parameter"]


@dataclass(eq=False, slots=True)
class Place:
    """Where a top-level statement stands: the same in every walk of the notebook.

    Named after the cell and what the statement binds or calls, not after lines, so that a line
    more in the cell, or a cell more above it, leaves the place what it is.
    """

    key: Hashable
    statement: Statement = field(init=False)
    """What stands there now."""


@dataclass(eq=False, slots=True)
class Statement:
    """A top-level statement: where it is, what it needed, and whether units may replay it."""

    cell: CodeCell
    node: ast.stmt
    place: Place
    kind: StatementKind
    order: int = -1
    """Position among all top-level statements of the notebook, once all are walked."""
    needs: dict[str, Version] = field(default_factory=dict)
    """Versions it read while it ran."""
    binds: dict[str, None] = field(default_factory=dict)
    modules: dict[str, None] = field(default_factory=dict)
    """Top-level packages whose state a configuration changes."""
    fragment: Fragment | None = None
    """Its source for units, once one asked for it."""


@dataclass(eq=False, slots=True)
class Version:
    """One state of a global name: what it may stand for and who made it so."""

    name: str
    step: str | None
    place: Place
    offset: int = 0
    """Lines from the start of the statement."""
    value: Value = EMPTY
    kind: VersionKind = "value"
    prior: Version | None = None
    """The version before, where the new one is made from it or is not made on every path."""
    missing: bool = False
    """True when the name may not be bound at all: only one branch of an `if` binds it."""
    changed: bool = False
    """True when the object was changed in place, not bound anew."""

    @property
    def statement(self) -> Statement:
        """The statement that made it."""
        return self.place.statement

    @property
    def line(self) -> int:
        """Where in its cell it was made."""
        return self.place.statement.node.lineno + self.offset


@dataclass(eq=False, slots=True)
class Read:
    """A step read a version that it did not make itself."""

    version: Version
    cell: CodeCell
    line: int


@dataclass(eq=False, slots=True)
class Mutation:
    """A step changed objects in place: all the names that see them, as they were before."""

    before: dict[str, Version]
    objects: frozenset[Obj]
    place: Place

    @property
    def order(self) -> int:
        """Order of the statement."""
        return self.place.statement.order


@dataclass(frozen=True, slots=True)
class FileUse:
    """A statement reads or writes a file."""

    path: str
    """With `*` for any text in what it looks for, `UNKNOWN` for text that nobody can see."""
    place: Place
    line: int
    writes: bool

    @property
    def step(self) -> str:
        """The step of the statement."""
        return str(self.place.statement.cell.step)

    @property
    def order(self) -> int:
        """Order of the statement."""
        return self.place.statement.order


@dataclass(eq=False, slots=True)
class CellActivity:
    """What one cell did for its step, whatever the step's other cells do."""

    reads: dict[tuple[Version, int], Read] = field(default_factory=dict)
    """By version and line."""
    latest: dict[str, Version] = field(default_factory=dict)
    """The cell's own last version of each name it made."""
    made: dict[str, Statement] = field(default_factory=dict)
    """Which statement first made a version of each name."""
    mutations: list[Mutation] = field(default_factory=list)
    modules: dict[str, None] = field(default_factory=dict)
    """Top-level packages that its code touches."""
    files: dict[FileUse, None] = field(default_factory=dict)
    """Files whose paths can be seen, as it reads and writes them."""
    draws: dict[str, Read] = field(default_factory=dict)
    """Modules whose random numbers it goes on with, and where first."""
    restarts: dict[str, Read] = field(default_factory=dict)
    """Modules whose random numbers begin at the seed again, and where first."""
    remembered: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Memoised functions that print, and the cell and line that call them."""


@dataclass(eq=False, slots=True)
class Activity:
    """All that one step did, in notebook order."""

    step: str
    cells: Sequence[CodeCell] = ()
    first: int = 0
    """Order of its first statement."""
    last: int = 0
    """Order of its last statement."""
    reads: dict[str, list[Read]] = field(default_factory=dict)
    latest: dict[str, Version] = field(default_factory=dict)
    """The step's own last version of each name it made."""
    made: dict[str, Statement] = field(default_factory=dict)
    """Which statement first made a version of each name."""
    again: Sequence[Read] = ()
    """Reads of a name of which it had read another version."""
    overtaken: Sequence[Read] = ()
    """Reads of what another step made after this step had made its own version."""
    mutations: list[Mutation] = field(default_factory=list)
    modules: dict[str, None] = field(default_factory=dict)
    files: dict[FileUse, None] = field(default_factory=dict)
    draws: dict[str, Read] = field(default_factory=dict)
    restarts: dict[str, Read] = field(default_factory=dict)
    remembered: dict[str, tuple[str, int]] = field(default_factory=dict)
    metrics: dict[str, None] = field(default_factory=dict)


class Mode(NamedTuple):
    """What holds for all that follows the statement that sets it."""

    lazy_annotations: bool = False
    """After `from __future__ import annotations`."""
    starred: bool = False
    """After a star import whose names cannot be known."""
    unread: frozenset[str] = frozenset()
    """Words in cells that are not Python: what they define is not known."""
    needed_by_parameters: frozenset[str] = frozenset()
    """Names that cells of parameters read."""
