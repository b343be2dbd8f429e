"""Reports of a unit on their way to the driver, in batches.

A cell that prints in a loop makes thousands of messages a second. What belongs together is merged
while it waits, so neither the queue nor the log grows with the number of messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, Final

from nbprism.runner.unit.streamtext import condensed

Report = dict[str, Any]

WINDOW_S: Final = 0.05
WAKE_S: Final = 0.2
"""Ray cancels a task by an interrupt that does not wake a waiting thread; so it wakes by itself."""


class Batches:
    """Takes reports from one thread and gives them, merged, to another."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._waiting: list[Report] = []
        self._closed = False
        self._changed = threading.Condition()

    def put(self, report: Report) -> None:
        """Add a report; outputs are merged into the one before, if that is of the same cell."""
        with self._changed:
            last = self._waiting[-1] if self._waiting else {}
            if _continues(last, report):
                for op in report["ops"]:
                    _add(last["ops"], op)
            else:
                self._waiting.append(_own_copy(report))
            self._changed.notify()

    def close(self) -> None:
        """Say that there will be no more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def __iter__(self) -> Iterator[list[Report]]:
        """Yield what has come, at once if it was quiet, else once per window, until closed."""
        last = float("-inf")
        while True:
            with self._changed:
                while not self._changed.wait_for(self._has_news, WAKE_S):
                    pass
                if not self._waiting:
                    return
                rest = last + self._window_s - time.monotonic()
                if rest > 0:
                    self._changed.wait_for(lambda: self._closed, rest)
                batch, self._waiting = self._waiting, []
            last = time.monotonic()
            yield [_condensed(report) for report in batch]

    def _has_news(self) -> bool:
        return bool(self._waiting) or self._closed


def _continues(last: Report, report: Report) -> bool:
    return (
        report["kind"] == "cell-output"
        and last.get("kind") == "cell-output"
        and last["cell"] == report["cell"]
    )


def _own_copy(report: Report) -> Report:
    if report["kind"] != "cell-output":
        return report
    ops: list[Any] = []
    for op in report["ops"]:
        _add(ops, op)
    return {**report, "ops": ops}


def _add(ops: list[Any], op: dict[str, Any]) -> None:
    """Append an operation, merging streams and dropping what a `clear` makes pointless."""
    if op["op"] == "clear" and not op["wait"]:
        ops[:] = _widgets(ops)
    if op["op"] == "update":
        ops[:] = [old for old in ops if not _is_same_update(old, op)]
    if op["op"] == "widget":
        op = _with_earlier(ops, op)
    if op["op"] == "append" and ops and ops[-1]["op"] == "clear":
        # An animation: what the delayed clear removes need not be shown at all.
        ops[:] = [*_widgets(ops), {"op": "clear", "wait": False}]
    name = _stream(op)
    if name is not None and ops and _stream(ops[-1]) == name:
        ops[-1]["output"]["text"].append(op["output"]["text"])
    elif name is not None:
        ops.append({**op, "output": {**op["output"], "text": [op["output"]["text"]]}})
    else:
        ops.append(op)


def _is_same_update(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return bool(old["op"] == "update" and old["display_id"] == new["display_id"])


def _is_overtaken(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Tell whether a widget's later state takes in an earlier one that waits.

    Not the one that makes it, which has to stay before what shows it.
    """
    return bool(
        old["op"] == "widget" and old["model"] == new["model"] and "_model_name" not in old["state"]
    )


def _with_earlier(ops: list[Any], op: dict[str, Any]) -> dict[str, Any]:
    """Return a widget's state with what waits of it, taken out of `ops`."""
    earlier = [old for old in ops if _is_overtaken(old, op)]
    ops[:] = [old for old in ops if not _is_overtaken(old, op)]
    state = {name: value for old in [*earlier, op] for name, value in old["state"].items()}
    buffers = {str(part["path"]): part for old in [*earlier, op] for part in old["buffers"]}
    return {**op, "state": state, "buffers": list(buffers.values())}


def _widgets(ops: list[Any]) -> list[Any]:
    """Return what is about widgets, which are there whether they are shown or not."""
    return [op for op in ops if op["op"] == "widget"]


def _stream(op: dict[str, Any]) -> str | None:
    # The one that says where the whole output is stays an operation of its own.
    if op["op"] != "append" or op["output"]["output_type"] != "stream" or "whole" in op:
        return None
    name: str = op["output"]["name"]
    return name


def _condensed(report: Report) -> Report:
    for op in report.get("ops", ()):
        if _stream(op) is not None:
            op["output"]["text"] = condensed("".join(op["output"]["text"]))
    return report
