"""What earlier runs of a notebook have shown that its code does not say.

Which steps change an input in place though nobody foresaw it: the next run lets those wait that
take the changed one, instead of having them run again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from nbprism.runner.files import write_atomically


class Lessons:
    """What is known of the steps of one notebook."""

    def __init__(self, store: Path, notebook: Path) -> None:
        # From the store's place, as records do.
        name = os.path.relpath(notebook, store.parent)
        self._path = store / "reuse" / "lessons" / hashlib.sha256(name.encode()).hexdigest()[:40]
        self._changes: dict[str, list[str]] | None = None

    @property
    def changes(self) -> Mapping[str, Collection[str]]:
        """Each step that changed inputs in place, unforeseen, when it last ran, with the names."""
        if self._changes is None:
            self._changes = _read(self._path)
        return self._changes

    def note(self, step: str, changed: Collection[str]) -> None:
        """Note what the step changed this time."""
        now = sorted(changed)
        if list(self.changes.get(step, ())) == now:
            return
        others = {name: names for name, names in _read(self._path).items() if name != step}
        self._changes = {**others, step: now} if now else others
        # A full disk: the next run learns it anew.
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            form = {"schema": 1, "changes": self._changes}
            write_atomically(self._path, json.dumps(form).encode(), durable=False)


def _read(path: Path) -> dict[str, list[str]]:
    try:
        form = json.loads(path.read_bytes())
        return {str(step): list(names) for step, names in form["changes"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
