"""How the processes of a run write their logs: a line for people, or JSON for machines."""

from __future__ import annotations

import json
import logging
import os
from typing import Final

FORMAT: Final = "NBPRISM_LOG_FORMAT"
"""The environment variable that chooses; `json` for JSON, anything else for people."""


class JsonLines(logging.Formatter):
    """Writes each record as one JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        form = {
            "at": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            form["traceback"] = self.formatException(record.exc_info)
        return json.dumps(form, ensure_ascii=False)


def set_up() -> None:
    """Let this process log to its standard error, as the environment asks for."""
    handler = logging.StreamHandler()
    is_json = os.environ.get(FORMAT) == "json"
    plain = logging.Formatter("%(asctime)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if is_json else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
