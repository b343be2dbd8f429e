"""Start a kernel's process from nothing: always possible, half a second slower than a fork."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class ColdProcess:
    """A kernel's process that is a child of this one."""

    def __init__(
        self, connection: Path, cwd: Path, env: Mapping[str, str], given: list[int]
    ) -> None:
        lifeline, ready, log = given
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nbprism.runner.kernels.boot", str(connection), str(cwd),
             str(lifeline), str(ready)],
            cwd=connection.parent, env=dict(env), pass_fds=(lifeline, ready),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid

    def peek(self) -> int | None:
        """Return the exit code, or None while it lives."""
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll()
        # Not reaped before `wait`: until then the number of its group is nobody else's.
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def wait(self) -> None:
        """Wait until it has ended, and let its number go."""
        self._process.wait()
