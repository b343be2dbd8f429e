"""The states of random generators that live in a module, as values that travel between steps.

The compiler gives them hidden names; a step that draws after another one goes on where it stopped.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

_GENERATORS = {
    "__random__": ("random", "getstate", "setstate"),
    "__numpy_random__": ("numpy.random", "get_state", "set_state"),
}


def is_generator(name: str) -> bool:
    """Return whether the name stands for the state of a generator."""
    return name in _GENERATORS


def taken(names: Iterable[str]) -> dict[str, Any]:
    """Return the present states of the generators among the names."""
    return {name: _method(name, 1)() for name in names if name in _GENERATORS}


def put_back(values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the generators whose states are among the values; return the other values."""
    for name in values.keys() & _GENERATORS.keys():
        _method(name, 2)(values[name])
    return {name: value for name, value in values.items() if name not in _GENERATORS}


def _method(name: str, which: int) -> Any:
    return getattr(importlib.import_module(_GENERATORS[name][0]), _GENERATORS[name][which])
