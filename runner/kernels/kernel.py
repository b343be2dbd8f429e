"""A running kernel: its process and its channels, as the engine uses them."""

from __future__ import annotations

import contextlib
import json
import math
import time
from typing import Any, Final

from nbprism.runner.kernels import endings, launch
from nbprism.runner.kernels.channels import Channels, Message, stream_message
from nbprism.runner.kernels.last_words import LastWords
from nbprism.runner.kernels.launch import KernelProcess, KernelRequest
from nbprism.runner.kernels.memory import Memory
from nbprism.runner.kernels.newborn import FAILURE, LOG

_FAREWELL_S: Final = 10.0
_LAST_WORDS_S: Final = 0.1


class Kernel:
    """A kernel that is ready: what it prints from now on is not missed."""

    def __init__(
        self, request: KernelRequest, *, timeout_s: float | None, startup_timeout_s: float
    ) -> None:
        self.timeout_s = timeout_s
        self.deadline = time.monotonic() + (timeout_s or math.inf)
        """When the cells must be done."""
        with contextlib.ExitStack() as undo:
            self.process: KernelProcess = launch.start(request)
            undo.callback(self.process.kill)
            self.memory = Memory(self.process.pid)
            self.process.wait_for_sockets(startup_timeout_s)
            self.channels = Channels(self.process.folder)
            undo.callback(self.channels.close)
            self._info = self.channels.greet(timeout_s=startup_timeout_s)
            self._last_words = LastWords(self.process.folder, self.process.folder / LOG)
            undo.callback(self._last_words.close)
            self._undo = undo.pop_all()

    @property
    def language_info(self) -> dict[str, Any]:
        """What nbformat keeps about the kernel's language."""
        found: dict[str, Any] = self._info["language_info"]
        return found

    def execute(self, code: str, *, stop_on_error: bool) -> str:
        """Start executing code and return the request's id."""
        content = {
            "code": code, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": stop_on_error,
        }  # fmt: skip
        return self.channels.send("execute_request", content)

    def receive(self, timeout_s: float) -> tuple[list[Message], list[Message]]:
        """Return what has come from shell and iopub, waiting for the first only."""
        shell, iopub = self.channels.receive(timeout_s)
        for message in iopub:
            self._last_words.hear(message)
        return shell, iopub

    def last_words(self, request: str) -> list[Message]:
        """Return what a kernel that is over left on the way, and what it did not get to send.

        Args:
            request: What it was doing.
        """
        found: list[Message] = []
        deadline = time.monotonic() + _LAST_WORDS_S
        while (left := deadline - time.monotonic()) > 0:
            found += self.receive(left)[1]
        for stream, text in self._last_words.collect().items():
            if text:
                found.append(stream_message(stream, text, request))
        return found

    def silent_s(self, request: str) -> float:
        """Return for how long the code of a request has been over; 0 while it runs."""
        return endings.since(self.process.folder, request)

    def noted_failure(self) -> dict[str, Any]:
        """Return what the kernel noted about the last error of a cell, if it did."""
        note = self.process.folder / FAILURE
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
            return found
        return {}

    def finish(self) -> None:
        """Let the kernel leave by itself: what it wrote and did not close must reach the disk."""
        self.process.ask_to_end()
        self.process.exit_code(_FAREWELL_S)

    def stop(self) -> None:
        """End the kernel and remove what it left; safe to call twice."""
        self._undo.close()
