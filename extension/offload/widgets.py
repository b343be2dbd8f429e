"""Widgets of a cell that runs elsewhere, made again here, so that they move as they do there.

A twin has the model's own id, so what displays the one displays the other. It stays as it was last
when the cell is over. Nobody listens there to what a user does here, so what could be pressed or
typed into is shown as disabled, and says why to whoever points at it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nbprism.results.place import in_notebook

PROTOCOL: Final = "2.1.0"
"""Of the widgets' messages, as ipywidgets 8 speaks it."""
_TARGET: Final = "jupyter.widget"
_OF_THEIR_FRONT_END: Final = frozenset({"msg_id"})
"""What an Output widget there captures is told as its outputs; here it must capture nothing."""
_DEAF: Final = {
    "disabled": True,
    "tooltip": "This cell ran on the cluster: what is done to its widgets here reaches no code. "
    "Run the cell in this kernel to use them.",
}

Op = Mapping[str, Any]


class Twins:
    """The widgets of one cell."""

    def __init__(self) -> None:
        self._comms: dict[str, Any] = {}

    def take(self, op: Op) -> None:
        """Make a widget, change it, or close it, as its twin was."""
        if not in_notebook():
            return
        if op.get("closed"):
            self._close(op["model"])
        elif op["model"] in self._comms:
            self._change(op["model"], _data(op), _buffers(op))
        elif "_model_name" in op["state"]:
            self._make(op["model"], _data(op), _buffers(op))

    def __contains__(self, model: object) -> bool:
        """Return whether the widget with that model can be displayed here."""
        return model in self._comms

    def _make(self, model: str, data: dict[str, Any], buffers: list[bytes]) -> None:
        import comm
        from ipywidgets import Widget

        message = {"data": data, "buffers": buffers, "metadata": {"version": PROTOCOL}}
        self._comms[model] = comm.create_comm(target_name=_TARGET, comm_id=model, **message)
        try:
            # The way of a widget that a front end opens: so the kernel knows it, and tells of it
            # to a page that is loaded again.
            Widget.handle_comm_opened(self._comms[model], {**message, "content": {"data": data}})
        except (KeyError, IndexError):
            return  # of a library that is not imported here; the front end may know it
        # While it was made, it told the front end what such a widget is without a state.
        _here(model).send_state()

    def _change(self, model: str, data: dict[str, Any], buffers: list[bytes]) -> None:
        if (widget := _here(model)) is None:
            self._comms[model].send({"method": "update", **data}, buffers=buffers)
            return
        state = data["state"]
        for path, buffer in zip(data["buffer_paths"], buffers, strict=True):
            _put(state, path, buffer)
        widget.set_state(state)
        widget.send_state([name for name in state if name in widget.keys])

    def _close(self, model: str) -> None:
        if (comm := self._comms.pop(model, None)) is not None:
            widget = _here(model)
            comm.close() if widget is None else widget.close()


def _here(model: str) -> Any:
    """Return the widget of this kernel with that model, None if it has none."""
    from ipywidgets import Widget, widget_serialization

    found = widget_serialization["from_json"](f"IPY_MODEL_{model}", None)
    return found if isinstance(found, Widget) else None


def _put(state: Any, path: Sequence[Any], buffer: bytes) -> None:
    for key in path[:-1]:
        state = state[key]
    state[path[-1]] = buffer


def _data(op: Op) -> dict[str, Any]:
    state = {name: value for name, value in op["state"].items() if name not in _OF_THEIR_FRONT_END}
    if "disabled" in state:
        state |= _DEAF
    return {"state": state, "buffer_paths": [buffer["path"] for buffer in op["buffers"]]}


def _buffers(op: Op) -> list[bytes]:
    return [base64.b64decode(buffer["data"]) for buffer in op["buffers"]]
