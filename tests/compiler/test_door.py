from __future__ import annotations

import pickle

import pytest

import nbprism.compiler
from nbprism.compiler import NotebookUnreadable, PlanRejected, PrismError


def test_the_door_lists_what_it_opens_to() -> None:
    public = {name for name in nbprism.compiler.__all__ if hasattr(nbprism.compiler, name)}
    assert nbprism.compiler.__all__ == sorted(public)


def test_everything_public_says_what_it_is() -> None:
    for name in nbprism.compiler.__all__:
        assert getattr(nbprism.compiler, name).__doc__, name


@pytest.mark.parametrize("kind", [NotebookUnreadable, PlanRejected])
def test_errors_cross_processes(kind: type[PrismError]) -> None:
    error = pickle.loads(pickle.dumps(kind("why")))  # noqa: S301 - our own bytes
    assert (type(error), str(error), error.code) == (kind, "why", kind.code)
