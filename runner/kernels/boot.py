"""What runs in a kernel's process: ipykernel, tied to the life of the process that asked for it.

Started as `python -P -m nbprism.runner.kernels.boot CONNECTION LIFELINE READY`, where LIFELINE and
READY are inherited pipes: the kernel's whole process group ends when the first is closed at the
other end, and the second gets a byte when the sockets are bound.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from typing import Final

FLUSH_INTERVAL_S: Final = 0.05
"""How long printed text may wait in the kernel; ipykernel's own 0.2 s is felt when watching."""


def main(connection: str, lifeline: int, ready: int) -> None:
    """Run a kernel until it is told to stop."""
    for descriptor in (lifeline, ready):
        os.set_inheritable(descriptor, False)
    _watch(lifeline)
    # Standard error becomes a pipe to the notebook; a dying process must write to the real one.
    faulthandler.enable(os.dup(2))
    app = _application(connection)
    os.write(ready, b"1")
    os.close(ready)
    app.start()


def _application(connection: str) -> object:
    # Debugging needs a front end; importing debugpy is half of a kernel's start.
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    from ipykernel.iostream import OutStream
    from ipykernel.kernelapp import IPKernelApp

    OutStream.flush_interval = FLUSH_INTERVAL_S
    app = IPKernelApp.instance()
    app.initialize(
        [f"--IPKernelApp.connection_file={connection}", "--HistoryManager.enabled=False"]
    )
    if sys.modules.get("debugpy", app) is None:
        del sys.modules["debugpy"]
    return app


def _watch(lifeline: int) -> None:
    def wait() -> None:
        os.read(lifeline, 1)  # returns only when the other end is gone
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, name="nbprism-lifeline", daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
