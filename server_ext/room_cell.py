"""One cell of a notebook that people have open together, and the outputs of a run in it.

The room's document is pycrdt's; all that is needed of it is in the protocols here, so that nobody
has to have jupyter-collaboration installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from nbprism.runner.unit.streamtext import settled
from nbprism.server_ext.shown import Output, Shown


class Area(Protocol):
    """The outputs of a cell: a `pycrdt.Array` of `pycrdt.Map`s."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Any: ...
    def __delitem__(self, index: slice) -> None: ...
    def extend(self, value: Sequence[Any]) -> None: ...
    def observe(self, callback: Callable[[Any], None]) -> Any: ...
    def to_py(self) -> Any: ...


class RoomCell:
    """Writes one cell, until somebody else does."""

    def __init__(self, cell: Any) -> None:
        self._written: list[Output] | None = None
        self._is_writing = False
        self._is_taken = False
        self._subscription = cell["outputs"].observe(self._on_change)

    def write(self, cell: Any, shown: Shown) -> None:
        """Make the cell show this, unless its outputs are somebody else's by now."""
        area: Area = cell["outputs"]
        if self._written is None:
            self._begin(cell, area, shown)
        # The watch does not go along when a cell is moved; the number of outputs still tells.
        elif self._is_taken or len(area) != len(self._written):
            self._is_taken = True
            return
        self._bring(area, shown.outputs)
        if shown.execution_count is not None:
            cell["execution_count"] = float(shown.execution_count)

    def _begin(self, cell: Any, area: Area, shown: Shown) -> None:
        """Take what was there before away, unless that is the run's already."""
        if area.to_py() == [_plain(output) for output in shown.outputs]:
            self._written = list(shown.outputs)
            return
        self._change(lambda: area.__delitem__(slice(0, len(area))))
        cell["execution_count"] = None
        self._written = []

    def _bring(self, area: Area, outputs: Sequence[Output]) -> None:
        before, self._written = self._written or [], list(outputs)
        same = 0
        while same < min(len(before), len(outputs)) and before[same] is outputs[same]:
            same += 1
        if same == len(before) - 1 and same < len(outputs):
            grown = _growth(before[same], outputs[same])
            if grown is not None:
                self._change(lambda: _append(area[same - 1]["text"], grown))
                same += 1
        # One after the other: JupyterLab puts what is inserted at the end, whatever the place, and
        # joins streams, so that what goes has to be gone before.
        if same < len(before):
            self._change(lambda: area.__delitem__(slice(same, len(before))))
        if same < len(outputs):
            self._change(lambda: area.extend([_shared(output) for output in outputs[same:]]))

    def _change(self, change: Callable[[], None]) -> None:
        self._is_writing = True
        try:
            change()
        finally:
            self._is_writing = False

    def _on_change(self, _: Any) -> None:
        self._is_taken |= not self._is_writing


def _growth(before: Output, after: Output) -> str | None:
    """Return the text that a stream has more than before, or None where it did not just grow."""
    if before["output_type"] != "stream" or after.get("name") != before["name"]:
        return None
    old, text = settled(before["text"]), settled(after["text"])
    return text[len(old) :] if text.startswith(old) else None


def _append(text: Any, more: str) -> None:
    text += more


def _shared(output: Output) -> Any:
    from pycrdt import Map, Text

    plain = _plain(output)
    return Map({**plain, "text": Text(plain["text"])} if "text" in plain else plain)


def _plain(value: Any) -> Any:
    """Return an output as the room has it: what a stream shows, numbers as JavaScript has them."""
    if isinstance(value, Mapping):
        plain = {name: _plain(part) for name, part in value.items()}
        is_stream = plain.get("output_type") == "stream"
        return {**plain, "text": settled(plain["text"])} if is_stream else plain
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    # A whole number would arrive as a BigInt, which is no JSON.
    return float(value) if type(value) is int else value
