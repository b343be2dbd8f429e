"""What runs in a kernel's process: ipykernel, tied to the life of the process that asked for it.

Started as `python -m nbprism.runner.kernels.boot CONNECTION CWD LIFELINE READY`, in a folder with
nothing to import, where LIFELINE and READY are inherited pipes; or run by a process that was forked
ahead of time (`newborn.py`). A byte in the first pipe asks the kernel to leave, and when it is
closed at the other end the kernel's whole process group is killed. The second gets a byte when
the kernel is ready.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_ROOM: Final = 256
"""Open files; a kernel begins with about seventy."""
THREADS_S: Final = 2.0
"""How long a step whose last cell has ended waits for the threads that its cells have left."""


def main(connection: str, cwd: str, lifeline: int, ready: int) -> None:
    """Run a kernel until it is told to stop."""
    for descriptor in (lifeline, ready):
        os.set_inheritable(descriptor, False)
    forget_start_folder()
    run(prepare(Path(connection)), cwd, lifeline, ready)


def prepare(connection: Path) -> Any:
    """Return a kernel that has everything but a unit."""
    _widen_file_table()
    # Standard error becomes a pipe to the notebook; a dying process must write to the real one.
    faulthandler.enable(os.dup(2), all_threads=False)
    with without_debugger():
        from nbprism.runner.kernels.application import application

        return application(connection)


def _widen_file_table() -> None:
    """Have room for as many open files as a kernel has, while it has one thread.

    Linux widens the table of a process at its 64th open file. With threads it waits until all
    processors have seen that (`expand_fdtable` in fs/file.c): 10 to 20 ms.
    """
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # the limit of this process is lower
            os.close(fcntl.fcntl(2, fcntl.F_DUPFD, _ROOM - 1))


def run(app: Any, cwd: str, lifeline: int, ready: int) -> None:
    """Serve a unit in its folder until told to leave."""
    asked = threading.Event()
    _watch(lifeline, asked)
    # IPython makes the working directory importable, after the standard library.
    os.chdir(cwd)
    app.settle()
    os.write(ready, b"1")
    os.close(ready)
    _stop_when(asked, app)
    try:
        app.start()
    except BaseException as error:  # a cell broke what the kernel's loop is made of
        # Not by Python's own end, which would wait for threads that are broken, too.
        with contextlib.suppress(OSError):
            os.write(2, _told(error).encode())
        os._exit(1)
    _leave(app)


def forget_start_folder() -> None:
    """Take the folder this was started in from the import path.

    `-m` put it first, so that a `queue.py` there would be imported by everything; `-P` would keep
    IPython from adding the unit's folder.
    """
    if sys.path[0] == os.getcwd():  # noqa: PTH109 - as Python wrote it, links unresolved
        del sys.path[0]


@contextlib.contextmanager
def without_debugger() -> Iterator[None]:
    """Keep debugpy out while ipykernel is loaded: it needs a front end, and half of the time."""
    known = "debugpy" in sys.modules
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if not known:
            del sys.modules["debugpy"]


def _told(error: BaseException) -> str:
    try:
        return traceback.format_exc()
    except Exception:  # it is made of what is broken
        return repr(error)


def _leave(app: Any) -> None:
    """End as Python does: threads joined, exit handlers run, what is still open flushed.

    But threads only for a moment: one that a cell has left behind may never end.

    But without its last part, and without closing the sockets one by one: ipykernel's way waits for
    as long as a background process of the user's holds standard output, and now and then a process
    that used zmq hangs in the C library's own exit handlers.
    """
    joining = threading.Thread(target=_join_threads, name="nbprism-join", daemon=True)
    joining.start()
    joining.join(THREADS_S)
    atexit.unregister(app.close)
    atexit.unregister(app.iopub_thread.stop)
    atexit._run_exitfuncs()
    app.shell.user_ns.clear()
    gc.collect()
    os._exit(0)


def _join_threads() -> None:
    # Executors that nobody has shut down send their threads home.
    for handler in reversed(getattr(threading, "_threading_atexits", ())):
        handler()
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()


def _watch(lifeline: int, asked: threading.Event) -> None:
    def wait() -> None:
        while os.read(lifeline, 1):
            asked.set()
        os.killpg(os.getpgrp(), signal.SIGKILL)  # nothing to read: the other end is gone

    threading.Thread(target=wait, name="nbprism-lifeline", daemon=True).start()


def _stop_when(asked: threading.Event, app: Any) -> None:
    """Stop the kernel's loop when asked.

    Not by its own shutdown request: that first waits for background processes of the user's, which
    are killed with the group anyway.
    """

    def wait() -> None:
        asked.wait()
        app.io_loop.add_callback(app.io_loop.stop)

    threading.Thread(target=wait, name="nbprism-farewell", daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
