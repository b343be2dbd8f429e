"""What a job tells home, as lines of its output: events, small files of the run, and values.

    @nbprism {"event": {...}}
    @nbprism {"file": "outputs/train.json", "data": "<base64>"}
    @nbprism {"piece": "<base64>"}
    @nbprism {"whole": true}
    @nbprism {"ground": {...}}

Everything else a job prints is for people who look at its log.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MARK: Final = "@nbprism "
RUN_FOLDER: Final = "nbprism-run"
"""Where the run's folder is in the package that travels."""
RESUMED_FOLDER: Final = "nbprism-resumed"
"""Where the folder of the run that is resumed is, below its id."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event, as the log has it."""

    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of the run's folder, whole."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PieceLine:
    """The next piece of what was asked for."""

    content: bytes


@dataclass(frozen=True, slots=True)
class WholeLine:
    """All that was asked for has been told, or nothing of it is there."""


@dataclass(frozen=True, slots=True)
class GroundLine:
    """What there is where the job runs (`ground.py`)."""

    found: Mapping[str, Any]


Line = EventLine | FileLine | PieceLine | WholeLine | GroundLine


def written(line: Line) -> str:
    """Return the line of text, without its end."""
    match line:
        case EventLine(event):
            form: dict[str, Any] = {"event": dict(event)}
        case FileLine(path, content):
            form = {"file": path, "data": base64.b64encode(content).decode()}
        case PieceLine(content):
            form = {"piece": base64.b64encode(content).decode()}
        case WholeLine():
            form = {"whole": True}
        case GroundLine(found):
            form = {"ground": dict(found)}
    return MARK + json.dumps(form, separators=(",", ":"))


def understood(text: str) -> Line | None:
    """Return what a line tells; None if it is not for us, or not whole."""
    if not text.startswith(MARK):
        return None
    try:
        form = json.loads(text[len(MARK) :])
        if "event" in form:
            return EventLine(form["event"])
        if "whole" in form:
            return WholeLine()
        if "ground" in form:
            return GroundLine(form["ground"])
        if "file" in form:
            return FileLine(str(form["file"]), base64.b64decode(form["data"], validate=True))
        return PieceLine(base64.b64decode(form["piece"], validate=True))
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
