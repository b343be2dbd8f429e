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
    "__torch_random__": ("torch", "get_rng_state", "set_rng_state"),
}
TORCH = "__torch_random__"


def is_generator(name: str) -> bool:
    """Return whether the name stands for the state of a generator."""
    return name in _GENERATORS


def taken(names: Iterable[str]) -> dict[str, Any]:
    """Return the present states of the generators among the names."""
    states = {name: _method(name, 1)() for name in names if name in _GENERATORS}
    if TORCH in states and _cuda() is not None:
        states[TORCH] = states[TORCH], _cuda().get_rng_state_all()
    return states


def put_back(values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the generators whose states are among the values; return the other values."""
    for name in values.keys() & _GENERATORS.keys():
        state = values[name]
        if isinstance(state, tuple) and name == TORCH:
            state, devices = state
            # A machine with other devices draws other numbers on them anyway.
            if _cuda() is not None and len(devices) == _cuda().device_count():
                _cuda().set_rng_state_all(devices)
        _method(name, 2)(state)
    return {name: value for name, value in values.items() if name not in _GENERATORS}


def _cuda() -> Any:
    """Return `torch.cuda` where the step has used it."""
    cuda = importlib.import_module("torch").cuda
    return cuda if cuda.is_initialized() else None


def _method(name: str, which: int) -> Any:
    return getattr(importlib.import_module(_GENERATORS[name][0]), _GENERATORS[name][which])
