"""Since when, and why, nothing is heard of a run on a cluster elsewhere.

Its relay leaves this beside the log, which only tells what happened: the run may well go on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from nbprism.runner.files import write_atomically

FILE: Final = "unheard.json"


@dataclass(frozen=True, slots=True)
class Unheard:
    """Why a run cannot be heard."""

    since: float
    code: str
    why: str

    @classmethod
    def of(cls, run: Path) -> Self | None:
        """Return why the run in that folder cannot be heard; None if it can, as far as known."""
        try:
            return cls(**json.loads((run / FILE).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def note(self, run: Path) -> None:
        """Leave it in the run's folder."""
        write_atomically(run / FILE, json.dumps(asdict(self)).encode(), durable=False)

    def to_json(self) -> dict[str, Any]:
        return {"since": self.since, "why": self.why}


def heard(run: Path) -> None:
    """Note that the run can be heard again."""
    (run / FILE).unlink(missing_ok=True)
