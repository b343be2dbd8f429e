"""Drivers begin a few at a time: `python -m nbprism.runner.turnstile MODULE ARGUMENTS`.

What a driver imports costs a fifth of a second of a CPU. A hundred that begin at once would take
the whole machine for as long, and the server that has just started them could not answer. So one
CPU is left to others. Whoever waits here is a process of its own already: it outlives the server.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from nbprism.runner.locks import held
from nbprism.runner.private_socket import NotPrivate, private_folder

PATIENCE_S: Final = 20.0
"""Whoever waited so long begins anyway: well before its run would count as lost (`summary.py`)."""
POLL_S: Final = 0.1


def main() -> int:
    """Import the module named on the command line when it is its turn, and run its `main`."""
    del sys.argv[0]
    with contextlib.ExitStack() as turn:
        with contextlib.suppress(NotPrivate, OSError):  # also when it took too long
            turn.enter_context(held(_lane(), timeout_s=PATIENCE_S, poll_s=POLL_S))
        module = import_module(sys.argv[0])
    status: int = module.main()
    return status


def _lane() -> Path:
    """Return the lock to wait for: by the process's number, so that nobody has to count."""
    lanes = max(1, (os.cpu_count() or 1) - 1)
    return private_folder() / f"turnstile-{os.getpid() % lanes}.lock"


if __name__ == "__main__":
    sys.exit(main())
