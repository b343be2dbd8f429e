"""Where Python runs: in the kernel of a notebook, or on a terminal."""

from __future__ import annotations

import sys
from typing import Any


def in_notebook() -> bool:
    """Return whether this is a kernel, whose front end shows HTML and widgets."""
    return getattr(_shell(), "kernel", None) is not None


def cell_number() -> int | None:
    """Return the number of the cell that is running; None where there are no cells."""
    number: int | None = getattr(_shell(), "execution_count", None)
    return number


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
