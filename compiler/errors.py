"""What the compiler raises, as opposed to what it reports.

    PrismError
    ├── NotebookUnreadable    the bytes are not a notebook nbprism can use
    └── PlanRejected          a plan cannot be made: wrong parameters, or the pipeline has errors

Findings about a readable notebook are `Diagnostic` values, never exceptions.
"""

from __future__ import annotations

from typing import ClassVar


class PrismError(Exception):
    """Root of every error nbprism raises on purpose; `str(error)` is one sentence for people."""

    code: ClassVar[str] = "error"
    """Stable kebab-case name, the same in Python, HTTP and the CLI's JSON."""


class NotebookUnreadable(PrismError):
    """The file, or the bytes, cannot be used as a Python notebook."""

    code = "notebook-unreadable"


class PlanRejected(PrismError):
    """A plan cannot be made from this pipeline with these parameters."""

    code = "plan-rejected"
