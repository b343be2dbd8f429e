"""Execute a notebook on a kernel of its own, and tell the story while it happens."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbprism.runner.kernels.environment import kernel_environment
from nbprism.runner.kernels.kernel import Kernel
from nbprism.runner.kernels.launch import KernelRequest
from nbprism.runner.kernels.preload import imports_of
from nbprism.runner.unit import outputs
from nbprism.runner.unit.cells import Cells
from nbprism.runner.unit.verdicts import (
    Cancelled,
    CellRaised,
    KernelDied,
    KernelSilent,
    TimedOut,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the cells may take."""

    timeout_s: float | None = None
    """For all cells together, the start of the kernel included."""
    interrupt_grace_s: float = 10.0
    """Between asking the kernel to stop and ending it."""
    startup_timeout_s: float = 120.0
    max_output_bytes: int = outputs.MAX_BYTES
    """How much of one cell's output is shown."""
    whole_output: Callable[[str], Path] | None = None
    """Cell id -> the file that gets all of its output if that is more; None: it is dropped."""


def _ignore(_report: dict[str, Any]) -> None:
    return


@dataclass(slots=True)
class Execution:
    """One execution of one notebook.

    What happened is decided from the kernel's replies and the death of its process. Nothing is read
    back from papermill's metadata: it calls a killed kernel a success.
    """

    report: Callable[[dict[str, Any]], None] = _ignore
    limits: Limits = field(default_factory=Limits)
    cwd: str | None = None
    env: Mapping[str, str] | None = None
    """All of the kernel's environment, or None for this process's own."""
    notebook: Any = None
    """The notebook as it was handed over, with what has been put out so far."""
    ended_by: Verdict | None = None
    """Why it did not reach the end; None while it runs and if it did."""
    noted: Mapping[str, Any] = field(default_factory=dict)
    """What the kernel noted about an error: `line`, `kinds`, `code`."""
    _kernel: Kernel | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self, notebook: Any) -> None:
        """Execute every code cell in order until one fails; never raises for the user's code.

        Raises:
            KernelStartFailed: there was no kernel to execute it.
        """
        self.notebook = notebook
        kernel = self._start()
        try:
            notebook.metadata["language_info"] = kernel.language_info
            Cells(notebook, kernel, self.limits, self.report).run()
            kernel.finish()
        except (CellRaised, KernelDied, KernelSilent, TimedOut) as verdict:
            self.ended_by = Cancelled() if self._cancelled.is_set() else verdict
            self.noted = kernel.noted_failure()
        finally:
            kernel.stop()

    def _start(self) -> Kernel:
        env = kernel_environment(os.environ, {}) if self.env is None else self.env
        cwd = self.cwd or os.getcwd()  # noqa: PTH109 - as the process has it, links unresolved
        kernel = Kernel(
            KernelRequest(cwd, env, imports_of(self.notebook)),
            timeout_s=self.limits.timeout_s,
            startup_timeout_s=self.limits.startup_timeout_s,
        )
        self._kernel = kernel
        if self._cancelled.is_set():
            kernel.process.kill()
        return kernel

    def cancel(self) -> None:
        """Stop now, from another thread: the kernel is ended, whatever it is doing."""
        self._cancelled.set()
        if self._kernel is not None:
            self._kernel.process.kill()
