"""How a unit ended, in words: the state, and a failure with its cause and the way out."""

from __future__ import annotations

import errno
import re
import signal
import sys
from typing import Any, Final, Literal

from nbprism.runner.errors import ConditionFalse
from nbprism.runner.events import Failure
from nbprism.runner.unit.execution import Execution
from nbprism.runner.unit.verdicts import (
    KILLED,
    Cancelled,
    CellRaised,
    KernelDied,
    KernelSilent,
    TimedOut,
)

_CELL_LINE: Final = re.compile(r'ipykernel_\d+/\d+\.py", line (\d+) in <module>')
"""How Python's fault handler names a line of a cell."""

Ended = tuple[Literal["failed", "crashed"], Failure]

_NO_MEMORY: Final = "OutOfMemory"
_NOT_GIVEN: Final = "'std::bad_alloc'"
"""What the C++ runtime says last when nobody caught it: its name in the language, not a message."""
_OUT_OF_MEMORY: Final = (
    "The step needs more memory than it was given. Load less at a time, delete what is not needed "
    "any more (`del`), or ask for more in the step's `memory` setting."
)


def verdict(execution: Execution) -> Ended:
    """Return what to say about an execution that did not reach the end."""
    match execution.ended_by:
        case CellRaised() as raised:
            return "failed", _raised(raised, execution.noted)
        case KernelDied() as died:
            return "crashed", _died(died)
        case KernelSilent() as silent:
            return "crashed", _silent(silent)
        case TimedOut() as timed_out:
            return "failed", _timed_out(timed_out)
        case Cancelled() | None:
            return "crashed", Failure("cancelled", evalue="The unit was stopped from outside.")


def why_skipped(execution: Execution) -> str | None:
    """Return why the step's own condition stopped it, or None if it did not."""
    raised = execution.ended_by
    if isinstance(raised, CellRaised) and execution.noted.get("code") == ConditionFalse.code:
        return raised.evalue
    return None


def _raised(raised: CellRaised, noted: Any) -> Failure:
    cell, line = _place(raised.cell, noted.get("line"))
    code, hint = _kind(raised, noted)
    return Failure(
        code=code, ename=raised.ename, evalue=raised.evalue, traceback=tuple(raised.traceback),
        cell=cell, line=line, hint=hint,
    )  # fmt: skip


def _kind(raised: CellRaised, noted: Any) -> tuple[str, str]:
    """Return the code and the hint for an error, by the first of its classes that has one."""
    kinds = noted.get("kinds") or [raised.ename]
    if noted.get("code"):
        return noted["code"], ""
    if noted.get("errno") in _FULL:
        return "disk-full", _NO_SPACE
    return next((_KINDS[kind] for kind in kinds if kind in _KINDS), ("cell-failed", ""))


_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_SPACE: Final = (
    "There is no space left where the cell writes. Free some, then resume the run: what was "
    "finished is not computed again."
)
_LEFT: Final = (
    "cell-exited",
    "`exit` ends a step early. Use `if`, or raise an error that says what is wrong.",
)
_KINDS: Final[dict[str, tuple[str, str]]] = {
    "MemoryError": ("out-of-memory", _OUT_OF_MEMORY),
    "SystemExit": _LEFT,
    "Aborted": _LEFT,
    "StdinNotImplementedError": (
        "needs-input",
        "Nobody can answer `input()` in a run. Make it a parameter.",
    ),
    "KeyboardInterrupt": (
        "cell-interrupted",
        "Something sent an interrupt to the step; run it again.",
    ),
    "ModuleNotFoundError": (
        "cell-failed",
        f"Install the package for the Python that the steps run in, {sys.executable}, or correct "
        "its name.",
    ),
}


def _died(died: KernelDied) -> Failure:
    lines = _CELL_LINE.findall(died.said)
    cell, line = _place(died.cell, int(lines[-1]) if lines else None)
    name, hint = _cause(died)
    return Failure(
        code="out-of-memory" if name == _NO_MEMORY else "kernel-died",
        ename=name,
        evalue=f"The kernel {_ending(died.exit_code)}.{_last_words(died.said)}",
        cell=cell,
        line=line,
        hint=hint,
    )


def _silent(silent: KernelSilent) -> Failure:
    cell, _ = _place(silent.cell, None)
    return Failure(
        code="kernel-silent",
        ename="KernelSilent",
        evalue="The cell's code ended, but its kernel could not say how: it has not answered "
        f"within {silent.waited_s:g} s.{_last_words(silent.said)}",
        cell=cell,
        hint="The cell broke something that the kernel itself works with: it closed descriptors or "
        "sockets that are not its own, emptied `sys.modules`, or replaced parts of a library.",
    )


def _last_words(said: str) -> str:
    return f" Its last words: {said}" if said else ""


def _ending(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended itself with exit code {exit_code}"
    return f"was ended by {_signal(exit_code)}"


def _cause(died: KernelDied) -> tuple[str, str]:
    peak = f" It was last seen with {died.peak_memory / 1e9:.1f} GB." if died.peak_memory else ""
    if died.out_of_memory:
        return (
            _NO_MEMORY,
            f"The system killed it because memory had run out.{peak} {_OUT_OF_MEMORY}",
        )
    if died.exit_code == -signal.SIGABRT and _NOT_GIVEN in died.said:
        return (
            _NO_MEMORY,
            f"Compiled code asked for memory that it was not given, and gave up.{peak} "
            f"{_OUT_OF_MEMORY}",
        )
    if died.exit_code in KILLED:
        return "KernelKilled", f"Most often the system was out of memory.{peak} {_OUT_OF_MEMORY}"
    if died.exit_code >= 0:
        return "KernelExited", "`os._exit` or a C library ended the process; nothing can catch it."
    if died.exit_code == -signal.SIGABRT:
        hint = (
            "Compiled code gave up: it found a fault, or was not given memory it asked for. Look "
            f"at the library that the cell calls, and its version.{peak}"
        )
        return "KernelCrashed", hint
    crashes = {-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE}
    if died.exit_code in crashes:
        hint = "Compiled code crashed. Look at the library that the cell calls, and its version."
        return "KernelCrashed", hint
    return "KernelKilled", "Another process sent it that signal."


def _signal(exit_code: int) -> str:
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


def _timed_out(timed_out: TimedOut) -> Failure:
    cell, _ = _place(timed_out.cell, None)
    return Failure(
        code="unit-timeout", ename="TimeoutError",
        traceback=tuple(timed_out.traceback), cell=cell,
        evalue=f"The step was not done after {timed_out.timeout_s:g} s and was stopped.",
        hint="Raise the step's `timeout_s` setting, or give it less to do.",
    )  # fmt: skip


def no_kernel(error: Exception) -> Failure:
    """Return what to say when no kernel came up."""
    return Failure(
        code="kernel-start-failed", ename=type(error).__name__, evalue=str(error),
        hint="See that `python -m ipykernel --version` works where the steps run.",
    )  # fmt: skip


def nothing_saved(step: str) -> Failure:
    """Return what to say when the unit's own save cell wrote no manifest."""
    return Failure(
        code="outputs-missing", ename="FileNotFoundError",
        evalue=f"Step '{step}' ran to its end, but its outputs are not in the store.",
        hint="A cell may have changed NBPRISM_STORE, or removed files of the store. Run it again.",
    )  # fmt: skip


def superseded(step: str) -> Failure:
    """Return what to say when another attempt has published already."""
    return Failure(
        code="attempt-superseded", ename="FileExistsError",
        evalue=f"Another attempt of step '{step}' has published its outputs; these are not used.",
    )  # fmt: skip


def internal_error(text: str) -> Failure:
    """Return what to say about a bug of ours."""
    return Failure(
        code="internal-error", ename="InternalError", traceback=tuple(text.splitlines()),
        evalue="nbprism failed while it ran the step. This is a bug: please report it.",
    )  # fmt: skip


def _place(cell: Any, line: int | None) -> tuple[str, int | None]:
    """Return the user's own cell and line: what is replayed comes from a cell of theirs."""
    origin = cell.metadata.get("nbprism") or {}
    if "setting" in origin:
        return origin["from"], None
    if "from" in origin:
        first = int(origin.get("line") or 1)
        return origin["from"], None if line is None else first + line - 1
    return cell.id, line
