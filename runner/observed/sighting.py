"""One file that a step has to do with, from when it was first seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbprism.runner.artifacts.stamps import Marks

How = Literal["read", "write", "change", "name"]
"""What is done to a file: read; written anew; changed, which both reads and writes; or only named
where nobody calls a hook, so that what was done shows in the end."""


@dataclass(slots=True)
class Sighting:
    """What a step found in a file's place, and what it has done to it since."""

    before: Marks | None
    """How the file looked when it was first seen, None if it was not there."""
    read: bool = False
    """Its first content was read, or may have been."""
    written_in: int = -1
    """The number of the last cell that may have written to it, -1 for none."""
    named_in: int = -1
    """The number of the last cell or command that spelt its name."""
    may_write: bool = False
    """The compiler says that the step writes it."""
    digest: str | None = None
    """Of its first content, taken before the step wrote to it itself."""

    @property
    def is_only_named(self) -> bool:
        """Whether nobody said what is done to it."""
        return not self.read and self.written_in < 0
