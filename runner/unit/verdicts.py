"""Why the execution of a notebook did not reach its end."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any, Final

KILLED: Final = frozenset({-signal.SIGKILL, 128 + signal.SIGKILL})
"""Exit codes of a process that was killed: its own, and what a script that started it tells."""


class CellRaised(Exception):
    """The code of a cell raised."""

    def __init__(self, cell: Any, reply: Mapping[str, Any]) -> None:
        self.cell = cell
        self.ename: str = reply.get("ename") or "Aborted"
        self.evalue: str = reply.get("evalue") or ""
        self.traceback: list[str] = list(reply.get("traceback") or ())
        super().__init__(f"{self.ename}: {self.evalue}")


class KernelDied(Exception):
    """The kernel's process ended under a cell."""

    def __init__(
        self, cell: Any, exit_code: int, said: str, peak_memory: int, *, out_of_memory: bool = False
    ) -> None:
        super().__init__(f"the kernel ended with code {exit_code}")
        self.cell = cell
        self.exit_code = exit_code
        """Negative for a signal."""
        self.said = said
        """The last lines of its process: a fault handler's, a C library's."""
        self.peak_memory = peak_memory
        self.out_of_memory = out_of_memory
        """Whether the system killed for memory at that time."""


class KernelSilent(Exception):
    """A cell's code ended, and the kernel that lives on did not say how."""

    def __init__(self, cell: Any, waited_s: float, said: str) -> None:
        super().__init__(f"no answer within {waited_s:g} s")
        self.cell = cell
        self.waited_s = waited_s
        self.said = said
        """The last lines of its process: the error that kept it from answering."""


class TimedOut(Exception):
    """The cells took longer than they may, and the kernel was stopped."""

    def __init__(self, cell: Any, timeout_s: float, reply: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"not done after {timeout_s:g} s")
        self.traceback: list[str] = list((reply or {}).get("traceback") or ())
        """Where it was, if it could be interrupted."""
        self.cell = cell
        self.timeout_s = timeout_s


class Cancelled(Exception):
    """Nobody wants the result any more."""


Verdict = CellRaised | KernelDied | KernelSilent | TimedOut | Cancelled
