"""What nobody has reserved on a cluster just now: for people who look, not for placing steps.

The local cluster's keeper writes it down, so that whoever looks need not know Ray.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from nbprism.runner.files import write_atomically


@dataclass(frozen=True, slots=True)
class Free:
    """What all nodes together could give to steps now."""

    cpus: float
    gpus: float
    memory: int

    @classmethod
    def of(cls, resources: Mapping[str, float]) -> Self:
        """Return it from amounts by Ray's names."""
        return cls(
            cpus=resources.get("CPU", 0.0),
            gpus=resources.get("GPU", 0.0),
            memory=int(resources.get("memory", 0)),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def tell(ask: Callable[[], Free], path: Path, stop: threading.Event, *, every_s: float) -> None:
    """Write what `ask` says to `path` each time it changes, until `stop` is set."""
    told = None
    try:
        while not stop.is_set():
            if (free := ask()) != told:
                write_atomically(path, json.dumps(free.to_json()).encode(), durable=False)
                told = free
            stop.wait(every_s)
    finally:
        path.unlink(missing_ok=True)


def read(path: Path) -> Free | None:
    """Return what was told last; None if nothing is."""
    try:
        return Free(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
