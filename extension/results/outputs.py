"""What the cells of a step wrote, shown as Jupyter shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbprism.runner.events import Event, StepEvent, to_json
from nbprism.server_ext.shown import RunOutputs

Output = Mapping[str, Any]
"""An output as nbformat 4.5 has it."""


@dataclass(frozen=True, slots=True)
class StepOutputs:
    """The outputs of one step's cells; displaying it displays them all, in order."""

    step: str
    cells: Mapping[str, Sequence[Output]]
    """Cell id -> its outputs."""

    def __iter__(self) -> Iterator[Output]:
        for outputs in self.cells.values():
            yield from outputs

    def __len__(self) -> int:
        return sum(map(len, self.cells.values()))

    @property
    def text(self) -> str:
        """All that was written as text."""
        return "".join(map(text_of, self))

    def __repr__(self) -> str:
        return self.text or f"<step '{self.step}' wrote nothing>"

    def _ipython_display_(self) -> None:
        from nbprism.results.display import replay

        replay(self)


def text_of(output: Output) -> str:
    """Return an output as plain text, ending with a line break."""
    if output.get("output_type") == "error":
        text = "\n".join(output.get("traceback", ()))
    else:
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        text = text if isinstance(text, str) else "".join(text)
    return text if not text or text.endswith("\n") else f"{text}\n"


def outputs_of(step: str, cells: Sequence[str], executed: Mapping[str, Any]) -> StepOutputs:
    """Return the outputs of a step's own cells in its executed unit (nbformat)."""
    wanted = set(cells)
    return StepOutputs(
        step,
        {
            cell["id"]: cell.get("outputs", [])
            for cell in executed.get("cells", ())
            if cell.get("id") in wanted
        },
    )


def outputs_so_far(step: str, cells: Sequence[str], events: Iterable[Event]) -> StepOutputs:
    """Return what a step's own cells show after these events of its run."""
    own = (event for event in events if isinstance(event, StepEvent) and event.step == step)
    shown = RunOutputs().apply(map(to_json, own))
    return StepOutputs(step, {cell: shown[cell].outputs for cell in cells if cell in shown})
