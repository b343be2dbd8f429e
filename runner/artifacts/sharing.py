"""Find which values of a step share memory or mutable objects, and so must travel together."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

MAX_VISITED: Final = 20_000
"""Containers are searched for arrays up to this many items; beyond it sharing may be lost."""

_CONTAINERS: Final = (dict, list, tuple, set, frozenset)
_NEVER_CHANGED: Final = (
    str, bytes, int, float, complex, bool, type(None), tuple, frozenset, type, range, slice,
    types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.CodeType,
    types.MappingProxyType,
)  # fmt: skip


_CONSTANT: Final = frozenset(_NEVER_CHANGED) - {tuple, frozenset}


def is_constant(value: Any) -> bool:
    """Return whether nothing can change the value, nor anything in it."""
    return type(value) in _CONSTANT


class SharedMemory:
    """The memory that several visible arrays look into, and the window each one is.

    Only arrays that a value holds directly, or in plain containers, count as visible: inside a
    DataFrame sharing is an implementation detail (copy on write) that must *not* be restored.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._windows: dict[int, tuple[Any, int]] = {}
        self._alive: list[Any] = []
        self._owners: dict[int, set[str]] = {}
        numpy = sys.modules.get("numpy")
        if numpy is None:
            return
        for cluster in _clusters(_visible(values, numpy)):
            self._share(cluster, numpy)

    def window_of(self, array: Any) -> tuple[Any, int] | None:
        """Return the shared memory and this array's offset in it, or None if it stands alone."""
        return self._windows.get(id(array))

    def groups(self) -> Iterable[set[str]]:
        """Return the names that look into the same memory, set by set."""
        return self._owners.values()

    def _share(self, cluster: list[tuple[str, Any, int, int]], numpy: Any) -> None:
        start = min(low for _, _, low, _ in cluster)
        end = max(high for _, _, _, high in cluster)
        memory = _bytes_at(start, end - start, numpy)
        self._owners[start] = {name for name, *_ in cluster}
        self._alive += [memory, *(array for _, array, _, _ in cluster)]
        for _, array, *_ in cluster:
            self._windows[id(array)] = (memory, _address(array) - start)


def _visible(values: Mapping[str, Any], numpy: Any) -> Iterator[tuple[str, Any, int, int]]:
    """Yield every visible array once per name, with the addresses it covers."""
    for name, value in values.items():
        for item in _walk(value):
            if type(item) is numpy.ndarray and item.nbytes and not item.dtype.hasobject:
                low, high = _bounds(item)
                yield name, item, low, high


def _walk(value: Any) -> Iterator[Any]:
    pending, seen = [value], {id(value)}
    while pending and len(seen) < MAX_VISITED:
        item = pending.pop()
        yield item
        if type(item) in _CONTAINERS:
            inner = item.values() if type(item) is dict else item
            fresh = [child for child in inner if id(child) not in seen]
            seen.update(map(id, fresh))
            pending.extend(fresh)


def _clusters(
    arrays: Iterable[tuple[str, Any, int, int]],
) -> Iterator[list[tuple[str, Any, int, int]]]:
    """Yield the arrays whose memory overlaps, where there are at least two of them."""
    cluster: list[tuple[str, Any, int, int]] = []
    end = -1
    for found in sorted(arrays, key=lambda item: item[2:]):
        if found[2] >= end:
            if _several(cluster):
                yield cluster
            cluster = []
        cluster.append(found)
        end = max(end, found[3])
    if _several(cluster):
        yield cluster


def _several(cluster: list[tuple[str, Any, int, int]]) -> bool:
    # One array under two names is the pickler's own business, by identity.
    return len({id(array) for _, array, *_ in cluster}) > 1


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _bounds(array: Any) -> tuple[int, int]:
    """Return the first address of the array's elements and the one after its last."""
    low = high = _address(array)
    for size, stride in zip(array.shape, array.strides, strict=True):
        reach = (size - 1) * stride
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high + array.itemsize


def _bytes_at(address: int, size: int, numpy: Any) -> Any:
    import ctypes

    return numpy.frombuffer((ctypes.c_ubyte * size).from_address(address), dtype=numpy.uint8)


def in_common(first: Mapping[int, Any], second: Mapping[int, Any]) -> bool:
    """Return whether two values have an object in common that one of them could change."""
    return any(_may_change(first[key]) for key in first.keys() & second.keys())


def _may_change(value: Any) -> bool:
    if isinstance(value, _NEVER_CHANGED) or _is_global(value):
        return False
    if type(value).__module__.partition(".")[0] == "pyarrow":
        return False
    numpy = sys.modules.get("numpy")
    return numpy is None or not isinstance(value, (numpy.dtype, numpy.generic))


def _is_global(value: Any) -> bool:
    """Tell what is written as a name in a module, whatever its type: compiled functions."""
    name, module = getattr(value, "__name__", None), getattr(value, "__module__", None)
    home = sys.modules.get(module) if isinstance(module, str) else None
    return isinstance(name, str) and home is not None and getattr(home, name, None) is value


def parts_of_constant(value: Any) -> Iterator[Any]:
    """Yield what belongs to a pandas value and is never changed: its dtype, an index's arrays.

    The columns and rows of a frame are shared by everything that was made from it; that alone must
    not tie values together.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or type(value).__module__.partition(".")[0] != "pandas":
        return
    if isinstance(value, pandas.api.extensions.ExtensionDtype | pandas.offsets.BaseOffset):
        yield value
    elif isinstance(value, pandas.Index):
        yield value
        for part in (getattr(value, name, None) for name in ("_data", "_levels", "_codes")):
            yield from (part, getattr(part, "_ndarray", None), getattr(part, "_freq", None))
            yield from part if isinstance(part, list) else ()
    elif isinstance(value, pandas.Series | pandas.DataFrame):
        yield value._metadata  # a list that belongs to the class


def merged(groups: Iterable[set[str]], names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return `names` as groups, those that are linked by any of `groups` together, in order."""
    order = list(names)
    home = {name: {name} for name in order}
    for group in groups:
        union: set[str] = set().union(*(home[name] for name in group))
        home.update(dict.fromkeys(union, union))
    return list(dict.fromkeys(tuple(n for n in order if n in home[name]) for name in order))
