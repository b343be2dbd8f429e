"""The cells of a notebook while they run on a kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from nbprism.runner.kernels.channels import Message
from nbprism.runner.kernels.kernel import Kernel
from nbprism.runner.unit.outputs import CellOutputs
from nbprism.runner.unit.verdicts import KILLED, CellRaised, KernelDied, KernelSilent, TimedOut
from nbprism.runner.unit.whole_output import WholeOutput
from nbprism.runner.unit.widgets import Widgets

TICK_S: Final = 0.25
"""How often a silent kernel is looked at; its death is noticed within this time."""
LAG_S: Final = 10.0
"""How long a cell's outputs may come after its reply; after that the cell ends without them. As
long may its reply come after the end of its code; after that the kernel is taken for broken."""

Reply = Mapping[str, Any]


class CellLimits(Protocol):
    """The part of the limits that matters here."""

    @property
    def interrupt_grace_s(self) -> float: ...
    @property
    def max_output_bytes(self) -> int: ...
    @property
    def whole_output(self) -> Callable[[str], Path] | None: ...


class Cells:
    """Runs one cell after the other and reports what they do."""

    def __init__(
        self,
        notebook: Any,
        kernel: Kernel,
        limits: CellLimits,
        report: Callable[[dict[str, Any]], None],
    ) -> None:
        self._notebook, self._kernel = notebook, kernel
        self._limits, self._report = limits, report
        self._outputs: dict[str, tuple[Any, CellOutputs]] = {}
        self._widgets = Widgets(notebook, kernel.channels)
        self._grace_ends: float | None = None

    def run(self) -> None:
        """Run every code cell.

        Raises:
            CellRaised: a cell failed, and none after it was run.
            KernelDied: the kernel's process ended.
            KernelSilent: a cell ended, and the kernel did not say how.
            TimedOut: the deadline passed.
        """
        try:
            for cell in self._notebook.cells:
                if cell.cell_type == "code" and cell.source.strip():
                    self._run_cell(cell)
        finally:
            # Only now: a thread may print, or a display be updated, after its cell has ended.
            for cell, shown in self._outputs.values():
                cell.outputs = shown.result()
            self._widgets.save()

    def _run_cell(self, cell: Any) -> None:
        started = time.monotonic()
        self._report({"kind": "cell-started", "cell": cell.id})
        reply: Reply = {}
        try:
            reply = self._execute(cell)
        finally:
            self._report({
                "kind": "cell-ended",
                "cell": cell.id,
                "ok": _is_ok(reply),
                "execution_count": cell.execution_count,
                "duration_s": round(time.monotonic() - started, 4),
            })  # fmt: skip
        if self._grace_ends is not None:
            raise TimedOut(cell, self._kernel.timeout_s or 0, reply)
        if not _is_ok(reply) and not _may_raise(cell):
            raise CellRaised(cell, reply)

    def _execute(self, cell: Any) -> Reply:
        request = self._kernel.execute(cell.source, stop_on_error=not _may_raise(cell))
        place = self._limits.whole_output
        whole = WholeOutput(place(cell.id)) if place is not None else None
        self._outputs[request] = (cell, CellOutputs(self._limits.max_output_bytes, whole))
        reply = self._await_reply(cell, request)
        cell.execution_count = reply.get("execution_count")
        return reply

    def _await_reply(self, cell: Any, request: str) -> Reply:
        """Return the kernel's reply once the outputs are complete too."""
        reply: Reply | None = None
        idle, give_up = False, float("inf")
        while reply is None or not idle:
            shell, iopub = self._kernel.receive(TICK_S)
            for message in shell:
                if message["parent_header"].get("msg_id") == request:
                    reply, give_up = message["content"], time.monotonic() + LAG_S
            for message in iopub:
                idle = self._take(message, request) or idle
            if reply is not None and time.monotonic() > give_up:
                break
            if reply is None:
                self._keep_time(cell, request)
                if not shell and not iopub:
                    self._look_at(cell, request)
        return reply

    def _take(self, message: Message, request: str) -> bool:
        """Handle an output message; return whether it says that the request is done."""
        parent = message["parent_header"].get("msg_id")
        if message["msg_type"] == "status":
            return bool(parent == request and message["content"]["execution_state"] == "idle")
        if parent not in self._outputs:
            return False
        cell, shown = self._outputs[parent]
        if self._widgets.take(message):
            self._tell(cell, list(self._widgets.news(message)))
        else:
            # A display id that is there already is updated wherever it is.
            for other, displayed in self._outputs.values():
                self._tell(other, displayed.update(message))
            self._tell(cell, shown.apply(message))
        return False

    def _tell(self, cell: Any, ops: list[Any]) -> None:
        if ops:
            self._report({"kind": "cell-output", "cell": cell.id, "ops": ops})

    def _keep_time(self, cell: Any, request: str) -> None:
        """Interrupt the kernel when its time is over, and end it when that did not help."""
        now = time.monotonic()
        if self._grace_ends is None and now > self._kernel.deadline:
            self._grace_ends = now + self._limits.interrupt_grace_s
            self._kernel.process.interrupt()
        elif self._grace_ends is not None and now > self._grace_ends:
            self._take_last_words(request)
            raise TimedOut(cell, self._kernel.timeout_s or 0)

    def _look_at(self, cell: Any, request: str) -> None:
        """Raise if the kernel's process has ended, or can no longer say how the cell did."""
        exit_code = self._kernel.process.exit_code()
        if exit_code is None:
            self._kernel.memory.look()
            if self._kernel.silent_s(request) > LAG_S:
                self._take_last_words(request)
                raise KernelSilent(cell, LAG_S, self._kernel.process.log_tail())
            return
        self._take_last_words(request)
        said, memory = self._kernel.process.log_tail(), self._kernel.memory
        ran_out = exit_code in KILLED and memory.ran_out()
        raise KernelDied(cell, exit_code, said, memory.peak, out_of_memory=ran_out)

    def _take_last_words(self, request: str) -> None:
        for message in self._kernel.last_words(request):
            self._take(message, "")


def _is_ok(reply: Reply) -> bool:
    # `exit` ends the kernel behind a reply that says all is well.
    leaves = any(part.get("source") == "ask_exit" for part in reply.get("payload") or ())
    return reply.get("status") == "ok" and not leaves


def _may_raise(cell: Any) -> bool:
    return "raises-exception" in cell.metadata.get("tags", [])
