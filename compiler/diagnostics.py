"""One finding of the compiler, as data.

A diagnostic says what is wrong with the notebook, where, and what to do. The compiler returns all
of them and raises for none; codes are stable and each has a section in `docs/diagnostics.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from nbprism.compiler.fixes import Fix

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding: stable code, severity, the sentence, the way out, and the place."""

    code: str
    severity: Severity
    message: str
    hint: str = ""
    step: str | None = None
    cell: str | None = None
    """Id of the cell, if the finding is about one."""
    line: int | None = None
    """Line in that cell's source, from 1."""
    setting: str | None = None
    """The setting of the step, if the finding is about one."""
    fix: Fix | None = None
    """What the hint says to do, where that is mechanical."""

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "step": self.step,
            "cell": self.cell,
            "line": self.line,
            "setting": self.setting,
            "fix": None if self.fix is None else self.fix.to_json(),
        }
