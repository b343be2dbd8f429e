"""What users did with runs, as events of Jupyter's own event system.

An operator who configures a handler (`EventLogger.handlers`) gets them as JSON, one by one:
https://jupyter-events.readthedocs.io/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

SCHEMA_FILE: Final = Path(__file__).with_name("records.yaml")
SCHEMA_ID: Final = "urn:nbprism:events:runs:v1"

Action = Literal["submit", "resume", "cancel", "delete"]


def record(action: Action, run: str, *, path: str, user: str, step: str | None) -> dict[str, Any]:
    """Return the record of what was done, as the schema has it."""
    form = {"action": action, "run": run, "path": path, "user": user}
    return form if step is None else {**form, "step": step}
