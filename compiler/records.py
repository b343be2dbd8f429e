"""What the interpreter notes down while it walks the notebook, for the linker to use.

Plain data. A version is one state of a global name; a statement is one at the top level of a cell;
an activity is all that one step did.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from nbprism.compiler.flow import CodeCell
from nbprism.compiler.heap import EMPTY, Obj, Value

VersionKind = Literal["value", "definition", "setup", "parameter", "deleted"]
StatementKind = Literal["plain", "import", "definition", "setup", "configuration", "parameter"]


@dataclass(eq=False, slots=True)
class Statement:
    """A top-level statement: where it is, what it needed, and whether units may replay it."""

    cell: CodeCell
    node: ast.stmt
    order: int
    """Position among all top-level statements of the notebook."""
    kind: StatementKind
    needs: dict[str, Version] = field(default_factory=dict)
    """Versions it read while it ran."""
    binds: dict[str, None] = field(default_factory=dict)
    modules: dict[str, None] = field(default_factory=dict)
    """Top-level packages whose state a configuration changes."""


@dataclass(eq=False, slots=True)
class Version:
    """One state of a global name: what it may stand for and who made it so."""

    name: str
    step: str | None
    statement: Statement
    line: int
    value: Value = EMPTY
    kind: VersionKind = "value"
    prior: Version | None = None
    """The version before, where the new one is made from it or is not made on every path."""
    missing: bool = False
    """True when the name may not be bound at all: only one branch of an `if` binds it."""
    changed: bool = False
    """True when the object was changed in place, not bound anew."""


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
    order: int
    """Order of the statement."""


@dataclass(eq=False, slots=True)
class Activity:
    """All that one step did, in notebook order."""

    step: str
    cells: list[CodeCell] = field(default_factory=list)
    reads: dict[str, list[Read]] = field(default_factory=dict)
    latest: dict[str, Version] = field(default_factory=dict)
    """The step's own last version of each name it made."""
    first: int = 0
    """Order of its first statement."""
    last: int = 0
    """Order of its last statement."""
    made: dict[str, int] = field(default_factory=dict)
    """Where it first made a version of each name, as the order of the statement."""
    overtaken: list[Read] = field(default_factory=list)
    """Reads of what another step made after this step had made its own version."""
    mutations: list[Mutation] = field(default_factory=list)
    modules: dict[str, None] = field(default_factory=dict)
    """Top-level packages that its code touches."""
    written: dict[str, int] = field(default_factory=dict)
    """Literal file paths it writes, with the line."""
    opened: dict[str, int] = field(default_factory=dict)
    """Literal file paths it reads, with the line."""
    draws: dict[str, Read] = field(default_factory=dict)
    """Modules whose random numbers it goes on with, and where first."""
    dynamic: bool = False
    """True when it may bind names nobody can see in the code."""
    metrics: dict[str, None] = field(default_factory=dict)
