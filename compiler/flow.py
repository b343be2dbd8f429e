"""What the data-flow analysis takes and gives, as frozen values.

No logic: `dataflow.infer` fills these, `pipeline` and `units` read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nbprism.compiler.diagnostics import Diagnostic

CellRole = Literal["step", "imports", "functions", "setup", "parameters", "metrics", "skip", "text"]
"""What a cell counts as. `text` is markdown and raw; `setup` is an untagged leading cell."""

FragmentKind = Literal["import", "definition", "setup"]


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell as the analysis sees it: its role, its step and its source."""

    id: str
    index: int
    role: CellRole
    step: str | None
    """The step it belongs to; None for imports, functions, setup and parameters."""
    source: str
    repeatable: tuple[int, ...] = ()
    """First lines of the statements that units may run again although a step runs them: those of a
    setup cell that became a step because it computes something else too."""
    scripts: tuple[tuple[str, str], ...] = ()
    """Files that it runs or star-imports, as it names them, and their texts."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Top-level statements, verbatim, that a unit runs before its own cells."""

    cell: str
    line: int
    """Line of the first statement in its cell, from 1."""
    source: str
    names: tuple[str, ...]
    """Names it binds; empty for configuration such as `pd.set_option(...)`."""
    kind: FragmentKind
    after_load: bool = False
    """True when it needs values that other steps computed, so it runs after they are loaded."""


FileUsage = Literal["reads", "writes", "changes"]
"""What a step does to a file; `changes`: it reads the file and writes it afterwards."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name assigned in a cell tagged `parameters`, overridable per run."""

    name: str
    type: str
    """`int`, `float`, `str`, `bool`, `list`, `dict` or `None`, as the literal's type."""
    default: Any
    """A JSON value."""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type, "default": self.default}


@dataclass(frozen=True, slots=True)
class Input:
    """A name that a step reads and the step whose version of it this is."""

    name: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "from": self.source}


@dataclass(frozen=True, slots=True)
class Edge:
    """Why one step waits for another: the names that cross, and a sentence."""

    source: str
    target: str
    names: tuple[str, ...]
    """Empty for a pure ordering edge (`after`, files)."""
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.source,
            "to": self.target,
            "names": list(self.names),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class StepFlow:
    """What one step takes from others, gives to others and replays."""

    name: str
    inputs: tuple[Input, ...] = ()
    """Names its code needs, and the step whose version of each it gets."""
    outputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    replay: tuple[Fragment, ...] = ()
    """In notebook order; those `after_load` run after the others."""
    metrics: tuple[str, ...] = ()
    """Names whose scalars become metrics of the run."""
    carried: tuple[Input, ...] = ()
    """Loaded with the inputs although its code does not name them: they share an object that the
    step changes in place, so they must leave it as one version, still sharing. Also a name the step
    may rebind on some path only, handed on if it does not."""
    left: tuple[str, ...] = ()
    """Names it binds or changes that no later step needs; kept for people to look at."""
    files: Mapping[str, FileUsage] = field(default_factory=dict)
    """Files whose paths the code spells out, and what it does to them."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of a notebook, what moves between them and why, and what is wrong with that."""

    steps: tuple[StepFlow, ...] = ()
    edges: tuple[Edge, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    parameters: tuple[Parameter, ...] = field(default=())

    def step(self, name: str) -> StepFlow:
        """Return the step of that name.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
