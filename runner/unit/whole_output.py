"""The whole output of a cell that wrote more than is shown, in a file of the run's folder.

One nbformat output per line, as it came; a stream is in pieces. Readers put it together as the
notebook would have shown it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from nbprism.runner.unit.streamtext import settled

MAX_BYTES: Final = 1_000_000_000
"""A cell that writes more than this in all would fill the disk; the rest is dropped."""

Output = dict[str, Any]


class WholeOutput:
    """Takes a cell's outputs from where there are too many to be shown."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._left = MAX_BYTES

    @property
    def name(self) -> str:
        """What the events of a run call the file: its path in the run's folder."""
        return f"{self.path.parent.name}/{self.path.name}"

    def write(self, outputs: Iterable[Output]) -> None:
        """Add outputs; a full disk must not stop the cell that wrote them."""
        with contextlib.suppress(OSError):
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("wb")
            for output in outputs:
                line = json.dumps(output, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
                self._left -= len(line)
                if self._left > 0:
                    self._file.write(line)

    def finish(self) -> None:
        """Make what was written visible to readers."""
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None

    def discard(self) -> None:
        """Remove the file: the cell has cleared its output."""
        self.finish()
        self._left = MAX_BYTES
        self.path.unlink(missing_ok=True)


def read(path: Path) -> Iterator[Output]:
    """Yield the outputs in a file, streams in one piece and as a terminal would show them.

    Raises:
        FileNotFoundError: there is no such file.
    """
    stream: Output | None = None
    pieces: list[str] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            output: Output = json.loads(line)
            name = output.get("name") if output["output_type"] == "stream" else None
            if stream is not None and name == stream["name"]:
                pieces.append(output["text"])
                continue
            if stream is not None:
                yield {**stream, "text": settled("".join(pieces))}
            stream, pieces = (output, [output["text"]]) if name is not None else (None, [])
            if stream is None:
                yield output
    if stream is not None:
        yield {**stream, "text": settled("".join(pieces))}
