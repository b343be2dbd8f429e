"""Make an object of this kernel what its copy became elsewhere.

So everybody who holds the object sees what a cell changed in it, not only the name it went by.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from typing import Any, Final

from nbprism.runner.artifacts import rebuild

_HEAP_TYPE: Final = 1 << 9
"""Set in `type.__flags__` of classes that were written in Python."""


def refill(old: Any, new: Any) -> bool:
    """Give `old` the content of `new`, and return whether that was possible.

    What is inside of `new` is not copied: `old` then holds the same parts.
    """
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, types.FunctionType):
        return rebuild.renew_function(old, new)
    if isinstance(old, list | deque | set | dict | bytearray) and type(old).__module__ in {
        "builtins", "collections",
    }:  # fmt: skip
        return _refill_container(old, new)
    if _is(old, "numpy", "ndarray"):
        return _refill_array(old, new)
    if _is(old, "pandas", "DataFrame") or _is(old, "pandas", "Series"):
        return _refill_frame(old, new)
    if _is_plain(type(old)):
        vars(old).clear()
        vars(old).update(vars(new))
        return True
    return False


def _refill_container(old: Any, new: Any) -> bool:
    if isinstance(old, deque) and old.maxlen != new.maxlen:
        return False
    old.clear()
    old.extend(new) if isinstance(old, list | deque | bytearray) else old.update(new)
    return True


def _refill_array(old: Any, new: Any) -> bool:
    fits = old.shape == new.shape and old.dtype == new.dtype
    if not fits or not old.flags.writeable:
        return False
    old[...] = new
    return True


def _refill_frame(old: Any, new: Any) -> bool:
    old._update_inplace(new)  # what pandas' own in-place methods end with
    old.attrs = new.attrs
    if old.ndim == 1:
        old.name = new.name
    return True


def _is_plain(kind: type[Any]) -> bool:
    """Return whether all that an object of this class has is in its `__dict__`."""
    *own, root = kind.__mro__
    return root is object and all(
        base.__flags__ & _HEAP_TYPE and not _slots_of(base) for base in own
    )


def _slots_of(kind: type[Any]) -> Any:
    return [
        name for name in vars(kind).get("__slots__", ()) if name not in {"__dict__", "__weakref__"}
    ]


def _is(value: Any, module: str, kind: str) -> bool:
    loaded = sys.modules.get(module)
    return type(value) is getattr(loaded, kind, None)
