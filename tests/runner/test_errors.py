"""Errors cross processes unchanged, and each has a code of its own."""

from __future__ import annotations

import inspect
import pickle

import pytest

from nbprism.compiler.errors import PrismError
from nbprism.runner import errors

EVERY_ERROR = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, PrismError) and kind is not PrismError
]


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
def test_an_error_survives_pickle(kind: type[PrismError]) -> None:
    crossed = pickle.loads(pickle.dumps(kind("What happened, and what to do.")))  # noqa: S301
    assert type(crossed) is kind
    assert str(crossed) == "What happened, and what to do."


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in EVERY_ERROR]
    assert len(set(codes)) == len(codes)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    tree = errors.__doc__ or ""
    assert [kind.__name__ for kind in EVERY_ERROR if kind.__name__ not in tree] == []
