"""Code that makes something like a value: from it the compiler knows what the value can do.

It is never run. A value of a class that was written in this kernel is made by that class, so that
what its functions use counts as used where they are called.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from nbprism.offload.definitions import changes_when_called

_ANYTHING: Final = "__import__('pickle').loads(b'')"
_KEEPER: Final = """\
class _Keeper:
    def __call__(self, *given, **named):
        self.given = given

"""
"""What is as a function that keeps something from one call to the next."""
_LOOKED_AT: Final = 100
"""How many items of a container are looked at."""
_DEPTH: Final = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """Code that binds a name to something like a value."""

    source: str
    needs_definitions: bool
    """Whether it has to stand below the classes of this kernel."""


def likeness(name: str, value: Any, classes: Collection[type[Any]]) -> Likeness:
    """Return code for a value; `classes` are those that the compiler is shown the source of."""
    if changes_when_called(value):
        return Likeness(f"{_KEEPER}{name} = _Keeper()", needs_definitions=False)
    made = _made(value, classes, _DEPTH)
    parts = [f"{name}.{part}" for part in _attributes(value, classes)]
    kind = _importable(type(value))
    lines = [f"import {kind}"] if kind else []
    lines += [f"{name} = {made or _usual(type(value))}", *parts]
    return Likeness("\n".join(lines), needs_definitions=made is not None or bool(parts))


def _usual(kind: type[Any]) -> str:
    """Return an expression that makes an object of a class that is not of this kernel."""
    if getattr(builtins, kind.__name__, None) is kind:
        return f"{kind.__name__}()"
    return f"{kind.__module__}.{kind.__name__}()" if _importable(kind) else _ANYTHING


def _importable(kind: type[Any]) -> str | None:
    hidden = "." in kind.__qualname__ or kind.__module__ in {"__main__", "builtins"}
    return None if hidden else kind.__module__


def _made(value: Any, classes: Collection[type[Any]], depth: int) -> str | None:
    """Return an expression for what is, or holds, an object of one of the classes."""
    if type(value) in classes:
        return f"{type(value).__name__}(*{_ANYTHING})"
    if depth == 0 or not isinstance(value, list | tuple | set | frozenset | dict):
        return None
    items = value.values() if isinstance(value, dict) else value
    kinds = {type(item): item for item in islice(items, _LOOKED_AT)}
    found = [made for item in kinds.values() if (made := _made(item, classes, depth - 1))]
    if not found:
        return None
    if isinstance(value, dict):
        return f"dict.fromkeys({_ANYTHING}, {' or '.join(found)})"
    return f"{_like_a(value)}([{', '.join(found)}])"


def _like_a(value: Any) -> str:
    return next(kind.__name__ for kind in (list, tuple, set, frozenset) if isinstance(value, kind))


def _attributes(value: Any, classes: Collection[type[Any]]) -> Iterator[str]:
    held = getattr(value, "__dict__", None)
    for name, part in held.items() if isinstance(held, Mapping) else ():
        if name.isidentifier() and (made := _made(part, classes, _DEPTH - 1)) is not None:
            yield f"{name} = {made}"
