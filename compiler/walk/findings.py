"""Collects what the walk finds wrong with the notebook, and words it."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbprism.compiler.diagnostics import Diagnostic, Severity
from nbprism.compiler.fixes import Fix, ReplaceName, skip_cell
from nbprism.compiler.flow import CodeCell

if TYPE_CHECKING:
    from nbprism.compiler.walk.machine import Machine
    from nbprism.compiler.walk.records import Version

_HISTORY = frozenset({"_", "__", "___", "_i", "_ii", "_iii", "In", "Out", "_ih", "_oh", "_dh"})
_AUTOMAGIC = frozenset(
    {"ls", "pwd", "who", "whos", "history", "lsmagic", "clear", "magic", "colors"}
)


@dataclass(frozen=True, slots=True)
class Unbound:
    """A name that nothing above binds, where it is read."""

    name: str
    cell: CodeCell
    line: int
    certain: bool
    called: str
    """The function whose call reads it, or empty."""
    own: tuple[str, ...]
    """Names that its cell binds before."""
    speculative: bool
    """True when only a library may call that function now; it may also do so later."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A deleted name, where it is read."""

    version: Version
    """The deletion."""
    cell: CodeCell
    line: int
    conditional: bool


class Findings:
    """All findings of one walk; each place and name is reported once."""

    def __init__(self) -> None:
        self.diagnostics: dict[Diagnostic, None] = {}
        self.unbounds: dict[tuple[str, str, str], Unbound] = {}
        self.losts: list[Lost] = []

    def __bool__(self) -> bool:
        return bool(self.diagnostics or self.unbounds or self.losts)

    def add(
        self,
        code: str,
        severity: Severity,
        message: str,
        hint: str,
        *,
        cell: CodeCell,
        line: int | None,
    ) -> None:
        """Report a finding at a place."""
        self._report(Diagnostic(code, severity, message, hint, cell.step, cell.id, line))

    def _report(self, found: Diagnostic) -> None:
        self.diagnostics[found] = None

    def unbound(self, machine: Machine, name: str, version: Version | None) -> None:
        """Report that a name is read which is not bound there."""
        if machine.guarded or name in machine.mode.unread:
            return
        cell, line = machine.cell, machine.line
        where = _reader(cell)
        if name in _HISTORY or (name[:1] == "_" and name.lstrip("_i").isdigit()):
            self.add(
                "output-history", "error",
                f"`{name}` in {where} is the kernel's history of earlier cells.",
                "Give the value a name in the cell that computes it, and use that name here.",
                cell=cell, line=line,
            )  # fmt: skip
        elif version is not None:
            self.losts.append(Lost(version, cell, line, bool(machine.conditional)))
        elif name not in _AUTOMAGIC:
            called = machine.calls[0] if machine.calls else None
            function = str(getattr(called.node, "name", "")) if called is not None else ""
            certain = not (machine.conditional or machine.speculative or machine.mode.starred)
            own = tuple(machine.touched)
            place = (name, cell.id, cell.step or "")
            found = Unbound(name, cell, line, certain, function, own, bool(machine.speculative))
            if place not in self.unbounds or self.unbounds[place].speculative:
                self.unbounds[place] = found

    def settled(self, words: Vocabulary) -> Iterable[Diagnostic]:
        """Return all findings, now that everything below the cell is known too."""
        if not (self.unbounds or self.losts):
            return self.diagnostics
        whole = Findings()
        for lost in self.losts:
            whole.lost(lost)
        for unbound in self.unbounds.values():
            whole.undefined(unbound, words)
        return (*self.diagnostics, *whole.diagnostics)

    def lost(self, lost: Lost) -> None:
        """Report that a name is read after it was deleted."""
        where, version = _reader(lost.cell), lost.version
        self.add(
            "lost-definition", "warning" if lost.conditional else "error",
            f"{where[0].upper() + where[1:]} reads `{version.name}`, which is deleted before, in"
            f" line {version.line} of {_place(version)}.",
            "Delete it after its last use.", cell=lost.cell, line=lost.line,
        )  # fmt: skip

    def undefined(self, unbound: Unbound, words: Vocabulary) -> None:
        """Report that a name is read which nothing above binds."""
        name, later = unbound.name, words.last.get(unbound.name)
        where = f"Step `{unbound.cell.step}`" if unbound.cell.step else "A setup cell"
        via = f" through `{unbound.called}()`" if unbound.called else ""
        message = f"{where} reads `{name}`{via}, which nothing above defines."
        hint = "Define it in a cell above, or import it."
        code = "undefined-name"
        fix = None
        if later is not None and unbound.speculative:
            return
        if later is not None:
            message = f"{where} reads `{name}`{via}, which is defined below, in {_place(later)}."
            hint = "Move the definition above this cell."
            code = "used-before-definition" if unbound.called else code
        elif close := words.close_to(name, unbound.own):
            hint = f"Did you mean `{close}`?"
            if not unbound.called:  # else the name is written somewhere else
                rename = ReplaceName(unbound.cell.id, unbound.line, name, close)
                fix = Fix(f"Change to `{close}`", rename)
        severity: Severity = "error" if unbound.certain else "warning"
        cell = unbound.cell
        self._report(
            Diagnostic(code, severity, message, hint, cell.step, cell.id, unbound.line, fix=fix)
        )

    def syntax(self, cell: CodeCell, problem: str, line: int | None) -> None:
        """Report that the cell cannot be parsed."""
        self._report(
            Diagnostic(
                "cell-syntax", "error", f"The cell is not valid Python: {problem}.",
                "Fix the line, or tag the cell `skip` if it is not meant to run.",
                cell.step, cell.id, line or 1, fix=skip_cell(cell.id),
            )
        )  # fmt: skip

    def too_complex(self, cell: CodeCell, line: int | None) -> None:
        """Report that the cell is nested more deeply than can be followed."""
        self.add(
            "cell-too-complex", "error",
            "The cell is nested too deeply to be followed: very long chains of operators, calls or"
            " `elif`, or very many brackets within each other.",
            "Split the expression or the chain into several statements, or use a dictionary.",
            cell=cell, line=line or 1,
        )  # fmt: skip

    def dynamic_code(self, machine: Machine, what: str, node: ast.AST) -> None:
        """Report code that may bind names nobody can see."""
        machine.at(node)
        self.add(
            "dynamic-code", "warning",
            f"Which names this reads or binds cannot be seen: it uses {what}.",
            "Use literal names, or a dictionary of your own.",
            cell=machine.cell, line=machine.line,
        )  # fmt: skip

    def star_import(self, machine: Machine, module: str, node: ast.AST) -> None:
        """Report a star import whose names cannot be known."""
        machine.at(node)
        self.add(
            "star-import", "warning",
            f"Which names `from {module} import *` binds cannot be known here.",
            f"Import the names you use: `from {module} import ...`.",
            cell=machine.cell, line=machine.line,
        )  # fmt: skip

    def opaque_magic(self, machine: Machine, magic: str) -> None:
        """Report a magic whose effect on names nobody can see."""
        self.add(
            "opaque-magic", "warning",
            f"What `{magic}` reads and defines cannot be seen in the code.",
            "If it defines names that other steps use, assign them in plain Python after it.",
            cell=machine.cell, line=machine.line,
        )  # fmt: skip

    def opaque_run(self, machine: Machine, script: str) -> None:
        """Report a file that is run, but cannot be read."""
        module = script.removesuffix(".py").replace("/", ".")
        self.add(
            "opaque-magic", "warning",
            f"What `%run {script}` reads and defines cannot be seen: there is no such file beside"
            " the notebook, or it is not valid Python.",
            f"Put the file there, or import what you need: `from {module or 'module'} import ...`.",
            cell=machine.cell, line=machine.line,
        )  # fmt: skip


class Vocabulary:
    """What names a cell could have meant: goes through the notebook with those who report."""

    def __init__(self, last: Mapping[str, Version]) -> None:
        self.last = last
        """Every name's version at the end of the notebook."""
        self._bound: set[str] = set()
        self._alike: dict[str, list[str]] = {}

    def pass_by(self, changes: Iterable[tuple[str, Version | None, Version | None]]) -> None:
        """Go past a cell that changed these names so, from one version to another."""
        for name, _, version in changes:
            if version is None or version.kind == "deleted":
                self._bound.discard(name)
            else:
                self._bound.add(name)

    def close_to(self, name: str, own: Iterable[str]) -> str | None:
        """Return the name most like it that is bound above, or of the cell's own."""
        alike = self._alike.get(name)
        if alike is None:
            alike = difflib.get_close_matches(name, self.last, len(self.last) or 1)
            self._alike[name] = alike
        known = self._bound.union(own)
        return next((other for other in alike if other in known), None)


def _reader(cell: CodeCell) -> str:
    return f"step `{cell.step}`" if cell.step else "a setup cell"


def _place(version: Version) -> str:
    return f"step `{version.step}`" if version.step else "a setup cell"
