"""What a log on disk says of its run; whatever is wrong with the log is one kind of error."""

from __future__ import annotations

from pathlib import Path

from nbprism.runner.errors import InvalidTransition, LogUnreadable
from nbprism.runner.events import RunAccepted
from nbprism.runner.flow.state import RunState
from nbprism.runner.log import LogTail, read_events
from nbprism.runner.summary import state_of

_IMPOSSIBLE = (InvalidTransition, AttributeError, KeyError, TypeError, ValueError)
"""What events lead to that are no story, or have a list where a text belongs."""


def read_state(log: Path) -> RunState:
    """Return the state of the run, cell chatter left out; it was accepted at least.

    Raises:
        LogUnreadable: the log is missing, empty or damaged, or contradicts itself.
    """
    try:
        state = state_of(read_events(log, chatter=False))
    except OSError as error:
        raise _missing(error) from error
    except _IMPOSSIBLE as error:
        raise LogUnreadable(f"The run's log is damaged: {error}") from error
    if state.accepted is None:
        raise LogUnreadable("The run's log is empty: it does not even say what the run is of.")
    return state


def read_acceptance(log: Path) -> RunAccepted:
    """Return the first event of the log, which says what the run is of; the rest is not read.

    Raises:
        LogUnreadable: the log does not begin with it.
    """
    try:
        first = LogTail(log).first()
    except OSError as error:
        raise _missing(error) from error
    if not isinstance(first, RunAccepted) or not isinstance(first.notebook, str):
        raise LogUnreadable("The run's log does not begin with what the run is of.")
    return first


def _missing(error: OSError) -> LogUnreadable:
    return LogUnreadable(f"The run's log cannot be read: {error.strerror or error}.")
