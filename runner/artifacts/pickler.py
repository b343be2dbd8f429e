"""Turn a value into a pickle 5 stream and out-of-band buffers, with nbprism's own rules.

What differs from cloudpickle: classes and functions of the notebook go by name and are shipped only
for a consumer that does not replay them; functions live in the consumer's globals; arrays that
share memory keep sharing it; types that would silently become something else are refused.
"""

from __future__ import annotations

import dis
import functools
import gc
import hashlib
import operator
import pickle
import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

import cloudpickle

from nbprism.runner.artifacts import movable, rebuild
from nbprism.runner.artifacts.movable import Unmovable
from nbprism.runner.artifacts.placeholder import Placeholder
from nbprism.runner.artifacts.sharing import parts_of_constant
from nbprism.runner.artifacts.tensors import Storages

SMALL_BUFFER: Final = 4096
"""Buffers below this stay inside the stream: each out-of-band one costs a line of the footer."""

_GLOBAL_OPS: Final = frozenset({"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME"})
_TRACKER_ID: Final = re.compile(r"[0-9a-f]{32}")
_DEFINITIONS: Final = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)
_VIEWS: Final = {type(getattr({}, name)()): name for name in ("keys", "values", "items")}
_REDUCING: Final = ("__reduce_ex__", "__reduce__")
_ATTRIBUTES: Final = (
    "__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__",
    "__annotations__",
)  # fmt: skip


class Sink(Protocol):
    """Where the stream is written to."""

    def write(self, data: Any, /) -> int: ...


class Windows(Protocol):
    """Knows which arrays are to be written as windows into shared memory."""

    def window_of(self, array: Any) -> tuple[Any, int] | None: ...


class ArtifactPickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes values to `sink`; what is large and flat is left in `buffers` instead."""

    def __init__(
        self,
        sink: Sink,
        home: dict[str, Any],
        windows: Windows | None = None,
        storages: Storages | None = None,
    ) -> None:
        super().__init__(sink, protocol=5, buffer_callback=self._keep_inside)
        self._storages = Storages() if storages is None else storages
        self.buffers: list[pickle.PickleBuffer] = []
        self._home = home
        self._windows = windows
        self._bare_cells: dict[int, types.CellType] = {}
        self._numpy = sys.modules.get("numpy")
        self.constant: set[int] = set()
        """Ids of objects that only belong to immutable ones, such as the arrays of an index."""

    def _keep_inside(self, buffer: pickle.PickleBuffer) -> bool:
        with buffer.raw() as raw:
            if raw.nbytes < SMALL_BUFFER:
                return True
        self.buffers.append(buffer)
        return False

    def reducer_override(self, obj: Any) -> Any:
        """Return how to make `obj` again, or NotImplemented for the type's own way."""
        kind = type(obj)
        self.constant.update(map(id, parts_of_constant(obj)))
        if (advice := movable.refused(kind)) is not None:
            raise Unmovable(kind, advice)
        if self._numpy is not None and kind is self._numpy.ndarray:
            return self._array(obj)
        if kind.__name__ == "TypedStorage" and kind.__module__ == "torch.storage":
            return rebuild.storage, self._storages.parts(obj)
        if kind is types.FunctionType and obj.__globals__ is self._home:
            return self._function(obj)
        if kind is types.CodeType:
            return rebuild.code, (rebuild.PYTHON, *self.dispatch_table[kind](obj)[1])
        if kind is types.CellType and id(obj) in self._bare_cells:
            return rebuild.cell, ()
        if (parts := self._by_identity(obj, kind)) is not None:
            return parts
        reduced = super().reducer_override(obj)
        if isinstance(obj, type) and obj.__module__ == "__main__" and isinstance(reduced, tuple):
            return self._class(obj, reduced)
        return reduced

    def _by_identity(self, obj: Any, kind: type[Any]) -> Any:
        """Return how to find or make again what is more than its state, None for all else."""
        if kind is object:
            return rebuild.sentinel, (self._name_of(obj),)
        if kind is functools.cached_property:
            return rebuild.cached_property, (obj.func, obj.attrname)
        if kind is functools.singledispatchmethod:
            return rebuild.dispatching, (obj.func, dict(obj.dispatcher.registry))
        if kind is rebuild.MEMOISED and obj.__module__ == "__main__":
            return rebuild.memoised, (obj.__qualname__, obj.__wrapped__, *_memory_of(obj))
        if _asks_for_all_names(kind):
            made = (*obj.__reduce_ex__(5), None, None, None)[:5]
            return *made, rebuild.set_state
        if (view := _VIEWS.get(kind)) is not None:
            # cloudpickle would make a copy that no longer follows its dictionary.
            return operator.methodcaller(view), (gc.get_referents(obj)[0],)
        return (rebuild.placeholder, Placeholder.parts(obj)) if kind is Placeholder else None

    def _array(self, array: Any) -> Any:
        if self._windows is not None and (found := self._windows.window_of(array)) is not None:
            memory, offset = found
            parts = (memory, array.dtype, array.shape, array.strides, offset)
            return rebuild.window, parts
        if array.nbytes < SMALL_BUFFER or array.dtype.hasobject:
            return NotImplemented
        flags = array.flags
        if not (flags.c_contiguous or flags.f_contiguous):
            # Left to itself numpy would put these into the stream, as one more copy in memory.
            return array.copy(order="C").__reduce_ex__(5)
        if array.dtype.kind in "mM":
            # No buffer format exists for datetimes, so numpy would copy them into the stream.
            return rebuild.retyped, (array.view("i8"), array.dtype)
        return NotImplemented

    def _function(self, function: types.FunctionType) -> Any:
        name = self._public_name(function)
        cells = function.__closure__ or ()
        self._bare_cells.update((id(cell), cell) for cell in cells)
        make_args = (function.__code__, cells)
        state = {
            "contents": dict(_contents(cells)),
            "attributes": {key: getattr(function, key) for key in _ATTRIBUTES},
            "dict": dict(vars(function)),
            "globals": dict(self._globals(function, values=_is_anonymous(function))),
        }
        args = (name, rebuild.function, make_args)
        return rebuild.definition, args, (rebuild.fill_function, state), None, None, rebuild.fill

    def _class(self, of: type[Any], reduced: tuple[Any, ...]) -> Any:
        make, args, state, _, _, setter = reduced
        # cloudpickle's tracker id is random: without it equal classes give equal archives.
        steady = tuple(None if _is_tracker(arg) else arg for arg in args)
        named = (self._public_name(of), make, steady, _shape(of))
        return rebuild.definition, named, (setter, state), None, None, rebuild.fill

    def _public_name(self, definition: Any) -> str | None:
        """Return the name it goes by in the notebook, also where only its instances were loaded."""
        name: str = definition.__qualname__
        return name if self._home.get(name, definition) is definition else None

    def _name_of(self, sentinel: object) -> str | None:
        """Return the name that the notebook has for an object that is only told by its identity."""
        return next((name for name, value in self._home.items() if value is sentinel), None)

    def _globals(self, function: types.FunctionType, *, values: bool) -> Iterator[tuple[str, Any]]:
        for name in sorted(set(_global_names(function.__code__))):
            if name in self._home:
                value = self._home[name]
                if values or isinstance(value, _DEFINITIONS):
                    yield name, value


def _asks_for_all_names(kind: type[Any]) -> bool:
    """Tell a class of the notebook whose `__getattr__` pickle would call before there is any state.

    `def __getattr__(self, name): return getattr(self.inner, name)` then calls itself for ever.
    """
    return (
        kind.__module__ == "__main__"
        and hasattr(kind, "__getattr__")
        and not hasattr(kind, "__setstate__")
        and all(getattr(kind, name) is getattr(object, name) for name in _REDUCING)
    )


def _memory_of(memoised: Any) -> tuple[int | None, bool]:
    chosen = memoised.cache_parameters()
    return chosen["maxsize"], chosen["typed"]


def _is_anonymous(function: types.FunctionType) -> bool:
    """Tell lambdas and inner functions, which nothing replays, from the notebook's definitions."""
    return "<l" in function.__qualname__


def _shape(of: type[Any]) -> str:
    """Return a digest of the class's code: by it two archives know that they mean one class."""
    digest = hashlib.sha256(of.__qualname__.encode())
    for name, value in sorted(vars(of).items()):
        constant = value if isinstance(value, str | bytes | int | float) else None
        code = getattr(value, "__code__", None)
        digest.update(f"{name} {constant!r} {_text_of(code)};".encode())
    return digest.hexdigest()


def _text_of(code: types.CodeType | None) -> str:
    if code is None:
        return ""
    inner = (c if not isinstance(c, types.CodeType) else _text_of(c) for c in code.co_consts)
    return f"{code.co_code!r} {code.co_names} {code.co_varnames} {list(map(str, inner))}"


def _is_tracker(arg: Any) -> bool:
    return isinstance(arg, str) and _TRACKER_ID.fullmatch(arg) is not None


def _contents(cells: tuple[types.CellType, ...]) -> Iterator[tuple[int, Any]]:
    for index, cell in enumerate(cells):
        try:
            yield index, cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def _global_names(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in _GLOBAL_OPS:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)


def shared_objects(pickler: ArtifactPickler) -> Mapping[int, Any]:
    """Return the objects a pickler has met, by id; what a second value has in common is shared."""
    memo: Mapping[int, tuple[int, Any]] = pickler.memo.copy()
    return {key: value for key, (_, value) in memo.items() if key not in pickler.constant}
