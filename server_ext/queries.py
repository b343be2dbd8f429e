"""The query of a list of runs: text in, checked values out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from nbprism.runner.flow.state import RunPhase
from nbprism.runner.store import RUN_ID
from nbprism.server_ext.bodies import whole_number
from nbprism.server_ext.errors import FieldInvalid
from nbprism.server_ext.history import LARGEST_PAGE, RunsQuery

LONGEST_SEARCH: Final = 1_000


def runs_query(fields: Mapping[str, str]) -> RunsQuery:
    """Return the query with these fields; absent and empty ones are the same.

    Raises:
        FieldInvalid: one of them is not what it has to be.
    """
    given = {name: value for name, value in fields.items() if value}
    if "path" not in given and "folder" not in fields:
        raise FieldInvalid("path", "is missing in the query, and so is `folder`")
    before = given.get("before")
    if before is not None and not RUN_ID.fullmatch(before):
        raise FieldInvalid("before", "must be the id of a run")
    if len(given.get("search", "")) > LONGEST_SEARCH:
        raise FieldInvalid("search", f"must be at most {LONGEST_SEARCH} characters")
    return RunsQuery(
        path=given.get("path"),
        folder=given.get("folder", ""),
        states=_states(given.get("states", "")),
        search=given.get("search", ""),
        limit=whole_number("limit", given.get("limit", str(LARGEST_PAGE)), largest=LARGEST_PAGE),
        before=before,
    )


def _states(text: str) -> frozenset[str]:
    """Return the states in a list with commas."""
    found = frozenset(filter(None, text.split(",")))
    if unknown := found - set(get_args(RunPhase)):
        raise FieldInvalid("states", f"must be states of a run, which {min(unknown)!r} is not")
    return found
