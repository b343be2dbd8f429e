"""Errors that are meant for whoever called, without how nbprism came to raise them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from nbprism.compiler.errors import PrismError

P = ParamSpec("P")
T = TypeVar("T")


def plainly(call: Callable[P, T]) -> Callable[P, T]:
    """Let the tracebacks of nbprism's own errors end where the user called.

    Such an error is a sentence with the cause and what to do; frames below, and errors before it,
    would bury it. Those of a bug stay.
    """

    @functools.wraps(call)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except PrismError as error:
            raise error.with_traceback(None) from None

    return called
