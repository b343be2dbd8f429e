"""What runs in a kernel's process: ipykernel, tied to the life of the process that asked for it.

Started as `python -P -m nbprism.runner.kernels.boot CONNECTION LIFELINE READY`, where LIFELINE and
READY are inherited pipes: the kernel's whole process group ends when the first is closed at the
other end, and the second gets a byte when the sockets are bound.
"""

from __future__ import annotations

import atexit
import faulthandler
import gc
import os
import signal
import sys
import threading
from typing import Any, Final

FLUSH_INTERVAL_S: Final = 0.05
"""How long printed text may wait in the kernel; ipykernel's own 0.2 s is felt when watching."""


def main(connection: str, lifeline: int, ready: int) -> None:
    """Run a kernel until it is told to stop."""
    for descriptor in (lifeline, ready):
        os.set_inheritable(descriptor, False)
    _watch(lifeline)
    # Standard error becomes a pipe to the notebook; a dying process must write to the real one.
    faulthandler.enable(os.dup(2), all_threads=False)
    app = _application(connection)
    os.write(ready, b"1")
    os.close(ready)
    app.start()
    _leave(app)


def _leave(app: Any) -> None:
    """End as Python does: threads joined, exit handlers run, what is still open flushed.

    But without its last part: one time in twenty, after much output, a process that has used zmq
    hangs in the C library's own exit handlers.
    """
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()
    app.shell.user_ns.clear()
    gc.collect()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(0)


def _application(connection: str) -> Any:
    # Debugging needs a front end; importing debugpy is half of a kernel's start.
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    from ipykernel.iostream import OutStream
    from ipykernel.kernelapp import IPKernelApp

    OutStream.flush_interval = FLUSH_INTERVAL_S
    app: Any = IPKernelApp.instance()
    app.initialize([
        f"--IPKernelApp.connection_file={connection}",
        "--HistoryManager.enabled=False",
        # Its own way to follow its parent looks once a second and leaves the group alive.
        "--IPKernelApp.parent_handle=1",
    ])  # fmt: skip
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
