"""Python's collector of reference cycles, and when it is not wanted."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 20_000
"""So many new objects are not looked through as young ones when the pause is over."""


@contextmanager
def collection_paused() -> Iterator[None]:
    """Collect no cycles for a moment in which much is made and nothing thrown away.

    Compiling a notebook for the first time makes some hundred thousand objects that stay; looking
    through all of them again and again takes a third of the time and finds nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY and not gc.get_freeze_count():
            # To freeze all and take it back makes all of it old, without a look at any of it.
            gc.freeze()
            gc.unfreeze()
        # Of several threads the first to come saw it on, and turns it on again.
        if was_on:
            gc.enable()
