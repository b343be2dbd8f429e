"""Widgets of a notebook that runs without a browser: their state is kept in the notebook.

nbclient has the mirror of a front end that this takes; only its message handling is used. Of a unit
whose metadata says that somebody watches its widgets, their states are told on the way, too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

from nbclient import NotebookClient

from nbprism.runner.kernels.channels import Channels, Message
from nbprism.runner.unit.spec import WATCHED

Op = dict[str, Any]

_ECHO: Final = "echo_update"


class Widgets:
    """Follows the widgets that cells create."""

    def __init__(self, notebook: Any, channels: Channels) -> None:
        self._notebook = notebook
        self._channels = channels
        self._mirror: Any = None
        self._is_watched = bool(notebook.metadata.get(WATCHED))

    def take(self, message: Message) -> bool:
        """Return whether the message was a widget's: its own state, or output that it captures."""
        kind = message["msg_type"]
        if kind.startswith("comm"):
            self._open().handle_comm_msg([], message, 0)
            return True
        hooks = self._hooks(message)
        if not hooks or kind == "update_display_data":
            return False
        if kind == "clear_output":
            hooks[-1].clear_output([], message, 0)
        else:
            hooks[-1].output([], message, None, 0)
        return True

    def news(self, message: Message) -> Iterator[Op]:
        """Yield what to tell somebody who watches of a message that was a widget's."""
        if not self._is_watched:
            return
        content, hooks = message["content"], self._hooks(message)
        if message["msg_type"] == "comm_close":
            yield {**_state(content["comm_id"], {}, []), "closed": True}
        elif message["msg_type"].startswith("comm"):
            # An echo repeats what a front end said, and here there is none.
            if (state := content["data"].get("state")) and content["data"].get("method") != _ECHO:
                yield _state(content["comm_id"], state, list(_buffers(message)))
        elif hooks:
            outputs = [dict(output) for output in hooks[-1].outputs]
            yield _state(hooks[-1].comm_id, {"outputs": outputs}, [])

    def save(self) -> None:
        """Write the widgets' state into the notebook's metadata, as Jupyter does."""
        if self._mirror is not None:
            self._mirror.set_widgets_metadata()

    def _hooks(self, message: Message) -> Any:
        """Return the widgets that capture what the message's cell displays."""
        parent = message["parent_header"].get("msg_id")
        return None if self._mirror is None else self._mirror.output_hook_stack.get(parent)

    def _open(self) -> Any:
        if self._mirror is None:
            self._mirror = NotebookClient(self._notebook)
            self._mirror.kc = _Client(self._channels)
        return self._mirror


def _state(model: str, state: dict[str, Any], buffers: list[dict[str, Any]]) -> Op:
    return {"op": "widget", "model": model, "state": state, "buffers": buffers}


def _buffers(message: Message) -> Iterator[dict[str, Any]]:
    """Yield the binary parts of a state as a notebook's metadata has them."""
    paths = message["content"]["data"].get("buffer_paths") or ()
    for path, buffer in zip(paths, message.get("buffers", ()), strict=False):
        yield {"path": path, "encoding": "base64", "data": base64.b64encode(buffer).decode()}


class _Client:
    """As much of a kernel client as nbclient's mirror of the Output widget uses."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self.session = channels.session
        self.shell_channel = self

    def send(self, message: Message) -> None:
        self.session.send(self._channels.shell, message)
