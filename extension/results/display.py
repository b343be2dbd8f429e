"""Puts outputs of a run into the output area of the cell that asks for them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any


def replay(outputs: Iterable[Mapping[str, Any]]) -> None:
    """Display outputs (nbformat) here, as their cells displayed them there."""
    for output in outputs:
        show(output)


def show(output: Mapping[str, Any], display_id: str | None = None) -> None:
    """Display one output; under a kernel richly, elsewhere as text."""
    from IPython.display import publish_display_data

    kind = output.get("output_type")
    if kind == "stream":
        stream = sys.stderr if output.get("name") == "stderr" else sys.stdout
        text = output.get("text", "")
        stream.write(text if isinstance(text, str) else "".join(text))
        stream.flush()
    elif kind == "error":
        sys.stderr.write("\n".join(output.get("traceback", ())) + "\n")
    else:
        data = {mime: _joined(value) for mime, value in output.get("data", {}).items()}
        transient = {"display_id": display_id} if display_id else None
        metadata = output.get("metadata", {})
        publish_display_data(data, metadata, transient=transient)  # type: ignore[no-untyped-call]


def _joined(value: Any) -> Any:
    """Return a text that nbformat may have split into lines as one."""
    lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if lines else value
