"""Start a kernel's process from nothing: always possible, half a second slower than a fork."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from nbprism.runner.kernels.channels import write_connection
from nbprism.runner.kernels.folder import PrivateFolder
from nbprism.runner.kernels.newborn import FAILURE, FAILURE_VARIABLE, LOG

_POLL_S: Final = 0.002


class ColdProcess:
    """A kernel's process that is a child of this one."""

    def __init__(self, request: dict[str, Any], given: list[int]) -> None:
        self._private = PrivateFolder.make()
        self.folder: Path = self._private.path
        connection = write_connection(self.folder, request["connection"])
        command = [sys.executable, "-m", "nbprism.runner.kernels.boot", str(connection),
                   request["cwd"], *map(str, given)]  # fmt: skip
        env = {**request["env"], FAILURE_VARIABLE: str(self.folder / FAILURE)}
        with (self.folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=env, pass_fds=given, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.pid = self._process.pid

    def peek(self, timeout_s: float = 0) -> int | None:
        """Return the exit code, waiting for it that long, or None while it lives."""
        if timeout_s:
            self._await_end(timeout_s)
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll()
        # Not reaped before `wait`: until then the number of its group is nobody else's.
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def _await_end(self, timeout_s: float) -> None:
        if hasattr(os, "pidfd_open"):
            ended = os.pidfd_open(self.pid)
            select.select([ended], [], [], timeout_s)
            os.close(ended)
            return
        deadline = time.monotonic() + timeout_s
        while self.peek() is None and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    def wait(self) -> None:
        """Wait until it has ended, and let its number go."""
        self._process.wait()
        self._private.remove()
