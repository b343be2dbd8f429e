"""Widgets of a notebook that runs without a browser: their state is kept in the notebook.

nbclient has the mirror of a front end that this takes; only its message handling is used.
"""

from __future__ import annotations

from typing import Any

from nbclient import NotebookClient

from nbprism.runner.kernels.channels import Channels, Message


class Widgets:
    """Follows the widgets that cells create."""

    def __init__(self, notebook: Any, channels: Channels) -> None:
        self._notebook = notebook
        self._channels = channels
        self._mirror: Any = None

    def take(self, message: Message) -> bool:
        """Return whether the message was a widget's: its own state, or output that it captures."""
        kind = message["msg_type"]
        if kind.startswith("comm"):
            self._open().handle_comm_msg([], message, 0)
            return True
        if self._mirror is None:
            return False
        hooks = self._mirror.output_hook_stack.get(message["parent_header"].get("msg_id"))
        if not hooks or kind == "update_display_data":
            return False
        if kind == "clear_output":
            hooks[-1].clear_output([], message, 0)
        else:
            hooks[-1].output([], message, None, 0)
        return True

    def save(self) -> None:
        """Write the widgets' state into the notebook's metadata, as Jupyter does."""
        if self._mirror is not None:
            self._mirror.set_widgets_metadata()

    def _open(self) -> Any:
        if self._mirror is None:
            self._mirror = NotebookClient(self._notebook)
            self._mirror.kc = _Client(self._channels)
        return self._mirror


class _Client:
    """As much of a kernel client as nbclient's mirror of the Output widget uses."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self.session = channels.session
        self.shell_channel = self

    def send(self, message: Message) -> None:
        self.session.send(self._channels.shell, message)
