"""Results for recent sources, kept while they fit into so many characters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

Result = TypeVar("Result")
ROOM = 500_000
"""Characters of source; a syntax tree takes about 160 bytes for each."""


def kept_while_recent(function: Callable[[str], Result]) -> Callable[[str], Result]:
    """Return the function with a memory for the sources it was called with last."""
    known: OrderedDict[str, Result] = OrderedDict()
    lock = Lock()
    size = 0

    @wraps(function)
    def remembered(source: str) -> Result:
        nonlocal size
        with lock:
            if source in known:
                known.move_to_end(source)
                return known[source]
        result = function(source)
        with lock:
            if source not in known:
                size += len(source)
            known[source] = result
            # The last one stays, however long it is: it is asked for again at once.
            while size > ROOM and len(known) > 1:
                size -= len(known.popitem(last=False)[0])
        return result

    return remembered
