"""What the cells of a run show, folded from the operations in its `cell-output` events.

The same as `js/src/model/outputs.ts` for the server, which writes where several people have a
notebook open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nbprism.runner.flow.children import parent_of
from nbprism.runner.unit.streamtext import folded

Output = Mapping[str, Any]

MAX_STREAM: Final = 1_000_000
"""Text of one stream output beyond this many characters is cut in the middle."""


@dataclass(slots=True)
class Shown:
    """What one cell shows. Outputs are replaced, never changed in place."""

    outputs: list[Output] = field(default_factory=list)
    execution_count: int | None = None
    clear_next: bool = False


class RunOutputs:
    """The outputs of all cells of one run."""

    def __init__(self) -> None:
        self._cells: dict[str, Shown] = {}
        self._displays: dict[str, dict[str, list[tuple[str, int]]]] = {}

    def apply(self, events: Iterable[Mapping[str, Any]]) -> dict[str, Shown]:
        """Take events in and return the cells that show something else now, by their ids."""
        changed: set[str] = set()
        for event in events:
            # A line for each unit of a step comes from the step itself.
            if parent_of(event.get("step") or "") is None:
                changed.update(self._take(event))
        return {cell: self._cells[cell] for cell in changed}

    def _take(self, event: Mapping[str, Any]) -> Iterable[str]:
        match event["kind"]:
            case "step-started":
                self._displays.pop(event["step"], None)  # a new attempt has a new kernel
            case "cell-started":
                self._cells[event["cell"]] = Shown()
                return (event["cell"],)
            case "cell-ended":
                self._of(event["cell"]).execution_count = event.get("execution_count")
                return (event["cell"],)
            case "cell-output":
                step, cell = event["step"], event["cell"]
                return {name for op in event["ops"] for name in self._perform(step, cell, op)}
        return ()

    def _perform(self, step: str, cell: str, op: Mapping[str, Any]) -> Iterable[str]:
        if op["op"] == "append":
            self._append(step, cell, op)
        elif op["op"] == "update":
            return list(self._update(step, op))
        elif op["op"] == "clear" and op["wait"]:
            self._of(cell).clear_next = True
        elif op["op"] == "clear":
            self._clear(cell)
        return (cell,)

    def _append(self, step: str, cell: str, op: Mapping[str, Any]) -> None:
        shown = self._of(cell)
        if shown.clear_next:
            self._clear(cell)
        if (display_id := op.get("display_id")) is not None:
            self._places(step, display_id).append((cell, len(shown.outputs)))
        output, last = op["output"], shown.outputs[-1] if shown.outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            shown.outputs[-1] = {**last, "text": _joined(last["text"], _text(output))}
        elif output["output_type"] == "stream":
            shown.outputs.append({**output, "text": _joined("", _text(output))})
        else:
            shown.outputs.append(output)

    def _update(self, step: str, op: Mapping[str, Any]) -> Iterator[str]:
        new = {"data": op["output"]["data"], "metadata": op["output"].get("metadata") or {}}
        for cell, index in self._places(step, op["display_id"]):
            outputs = self._of(cell).outputs
            if index < len(outputs):
                # An update changes what is shown, not what kind of output it is.
                outputs[index] = {**outputs[index], **new}
                yield cell

    def _clear(self, cell: str) -> None:
        shown = self._of(cell)
        shown.outputs, shown.clear_next = [], False
        for displays in self._displays.values():
            for places in displays.values():
                places[:] = [place for place in places if place[0] != cell]

    def _of(self, cell: str) -> Shown:
        return self._cells.setdefault(cell, Shown())

    def _places(self, step: str, display_id: str) -> list[tuple[str, int]]:
        return self._displays.setdefault(step, {}).setdefault(display_id, [])


def _text(output: Output) -> str:
    """Return the text of a stream output; nbformat also allows a list of lines."""
    text = output["text"]
    return text if isinstance(text, str) else "".join(text)


def _joined(text: str, more: str) -> str:
    if "\r" not in more and not text.endswith("\r"):
        return _capped(text + more)
    start = text.rfind("\n") + 1  # a carriage return reaches no further back
    return _capped(text[:start] + folded(text[start:] + more))


def _capped(text: str) -> str:
    if len(text) <= MAX_STREAM:
        return text
    half = MAX_STREAM // 2
    return f"{text[:half]}\n[... cut: more than {MAX_STREAM} characters ...]\n{text[-half:]}"
