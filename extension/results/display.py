"""Puts outputs of a run into the output area of the cell that asks for them."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

WIDGET_MIME: Final = "application/vnd.jupyter.widget-view+json"


def replay(outputs: Iterable[Mapping[str, Any]]) -> None:
    """Display outputs (nbformat) here, as their cells displayed them there."""
    for output in outputs:
        show(output)


def show(
    output: Mapping[str, Any],
    display_id: str | None = None,
    *,
    update: bool = False,
    widgets: Container[str] = (),
) -> None:
    """Display one output, or `update` it; under a kernel richly, elsewhere as text.

    `widgets` are the models that this kernel has, too.
    """
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
        data = _showable(data, widgets)
        transient = {"display_id": display_id} if display_id else None
        metadata = output.get("metadata", {})
        publish_display_data(  # type: ignore[no-untyped-call]
            data, metadata, transient=transient, update=update
        )


def _showable(data: dict[str, Any], widgets: Container[str]) -> dict[str, Any]:
    """Return what can be shown here: a widget that lives only where it was made is a text."""
    if data.get(WIDGET_MIME, {}).get("model_id") in widgets:
        return data
    others = {mime: value for mime, value in data.items() if mime != WIDGET_MIME}
    return others or {"text/plain": "A widget, which lives in the kernel that made it."}


def _joined(value: Any) -> Any:
    """Return a text that nbformat may have split into lines as one."""
    lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if lines else value
