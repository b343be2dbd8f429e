"""What a unit reports, told to the state machine as commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nbprism.runner.events import Failure
from nbprism.runner.flow import commands as cmd

ENDINGS: Final = frozenset({"unit-succeeded", "unit-skipped", "unit-failed", "unit-crashed"})
"""One of these is a unit's last report."""

Report = Mapping[str, Any]
Place = Mapping[str, Any]


def command_of(report: Report, *, step: str, attempt: int, at: float) -> cmd.UnitCommand:
    """Return the command for a report.

    Raises:
        KeyError: the report's kind is unknown, or a field is missing.
    """
    return _COMMANDS[report["kind"]](report, {"step": step, "attempt": attempt, "at": at})


def _began(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.UnitBegan(**place, pid=report["pid"])


def _cell_began(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.CellBegan(**place, cell=report["cell"])


def _cell_wrote(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.CellWrote(**place, cell=report["cell"], ops=tuple(report["ops"]))


def _cell_done(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.CellDone(
        **place,
        cell=report["cell"],
        ok=report["ok"],
        execution_count=report.get("execution_count"),
        duration_s=report["duration_s"],
    )


def _succeeded(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.UnitSucceeded(
        **place,
        duration_s=report["duration_s"],
        outputs=tuple(report["outputs"]),
        metrics=report["metrics"],
        changed=tuple(report.get("changed", ())),
    )


def _skipped(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.UnitSkipped(**place, reason=report["reason"])


def _failed(report: Report, place: Place) -> cmd.UnitCommand:
    return cmd.UnitFailed(
        **place,
        failure=Failure.from_json(report["error"]),
        crashed=report["kind"] == "unit-crashed",
        damaged=tuple(report.get("damaged", ())),
        duration_s=report["duration_s"],
    )


_COMMANDS: Final[Mapping[str, Callable[[Report, Place], cmd.UnitCommand]]] = {
    "unit-started": _began,
    "cell-started": _cell_began,
    "cell-output": _cell_wrote,
    "cell-ended": _cell_done,
    "unit-succeeded": _succeeded,
    "unit-skipped": _skipped,
    "unit-failed": _failed,
    "unit-crashed": _failed,
}
