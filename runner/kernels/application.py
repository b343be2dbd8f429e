"""ipykernel's application in two parts: what every kernel needs, then what makes it one unit's own.

Between the two a kernel can wait, ready, for whoever takes it (`newborn.py`). Importing this module
imports ipykernel.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from nbprism.runner.kernels import wire
from nbprism.runner.kernels.endings import Endings
from nbprism.runner.kernels.printing import PrintStream

FLUSH_INTERVAL_S: Final = 0.05
"""How long printed text may wait in the kernel; ipykernel's own 0.2 s is felt when watching."""
_OPTIONS: Final = (
    "--HistoryManager.enabled=False",
    # Its own way to follow its parent looks once a second and leaves the group alive.
    "--IPKernelApp.parent_handle=1",
    f"--IPKernelApp.outstream_class={PrintStream.__module__}.{PrintStream.__name__}",
    f"--Session.packer={wire.__name__}.{wire.pack.__name__}",
    f"--Session.unpacker={wire.__name__}.{wire.unpack.__name__}",
)


class PrismKernel(IPythonKernel):
    """A kernel that notes the end of each cell's code, whatever the cell has made of it."""

    endings: Endings

    async def do_execute(self, *arguments: Any, **options: Any) -> Any:
        """Execute a cell."""
        own: Any = super()  # ipykernel is typed in part
        request = own.get_parent()["header"]["msg_id"]
        try:
            return await own.do_execute(*arguments, **options)
        finally:
            self.endings.note(request)


class KernelApp(IPKernelApp):
    """A kernel whose sockets are bound before it is known for whom."""

    kernel_class = PrismKernel
    shell: Any

    def init_gui_pylab(self) -> None:
        """Wait for `settle`: it looks at the environment."""

    def init_extensions(self) -> None:
        """Wait for `settle`: an extension is code of the user's."""

    def init_code(self) -> None:
        """Wait for `settle`: start-up files are code of the user's."""

    def settle(self) -> None:
        """Do what depends on the environment and the working directory, which are set by now."""
        own: Any = super()  # ipykernel is typed in part
        self.shell.init_environment()
        if name := os.environ.get("JPY_SESSION_NAME"):
            self.shell.user_ns["__session__"] = name
        own.init_gui_pylab()
        own.init_extensions()
        own.init_code()


def application(connection: Path) -> Any:
    """Return a kernel that is bound as `connection` says, and has not settled."""
    PrintStream.flush_interval = FLUSH_INTERVAL_S
    PrintStream.folder = connection.parent
    PrismKernel.endings = Endings(connection.parent)
    app: Any = KernelApp.instance()
    app.initialize([f"--IPKernelApp.connection_file={connection}", *_OPTIONS])
    # IPython keeps all that is printed, for `%notebook` alone, and takes as long as the print.
    app.shell._tee = lambda channel: nullcontext()
    return app
