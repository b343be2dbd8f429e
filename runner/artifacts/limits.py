"""How much may be written of a value that is only kept if it costs little."""

from __future__ import annotations

import time
from dataclasses import dataclass


class TooMuch(Exception):
    """Raised while a value is written; the text says which limit it is over."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What writing one value may take."""

    size: float
    """Bytes."""
    deadline: float
    """On the monotonic clock, in seconds."""

    def check(self, size: int) -> None:
        """Raise `TooMuch` if that many bytes, or the time by now, are over the limit."""
        if size > self.size:
            raise TooMuch(f"it is larger than the {self.size / 1e6:.3g} MB that are left for it")
        if time.monotonic() > self.deadline:
            raise TooMuch("keeping what the step left took too long")
