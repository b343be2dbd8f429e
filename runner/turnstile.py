"""Drivers begin a few at a time: `python -m nbprism.runner.turnstile MODULE ARGUMENTS`.

What a driver imports costs a fifth of a second of a CPU. A hundred that begin at once would take
the whole machine for as long, and the server that has just started them could not answer. So one
CPU is left to others. Whoever waits here is a process of its own already: it outlives the server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final

from nbprism.runner.locks import held
from nbprism.runner.private_socket import NotPrivate, private_folder

PATIENCE_S: Final = 20.0
"""Whoever waited so long begins anyway: well before its run would count as lost (`summary.py`)."""
POLL_S: Final = 0.1


def main() -> int:
    """Import the module named on the command line when it is its turn, and run its `main`."""
    del sys.argv[0]
    return _imported(sys.argv[0])()


def _imported(module: str) -> Callable[[], int]:
    lanes = max(1, (os.cpu_count() or 1) - 1)
    try:
        # By the process's number: nobody has to know who else waits.
        lane = private_folder() / f"turnstile-{os.getpid() % lanes}.lock"
        with held(lane, timeout_s=PATIENCE_S, poll_s=POLL_S):
            begin: Callable[[], int] = import_module(module).main
            return begin
    except (NotPrivate, OSError):  # among them TimeoutError
        return import_module(module).main  # type: ignore[no-any-return]


if __name__ == "__main__":
    sys.exit(main())
