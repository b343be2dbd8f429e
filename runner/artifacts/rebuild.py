"""What the pickles of nbprism call to make values again.

The names here are part of the archive format: an old archive must still find them.
"""

from __future__ import annotations

import functools
import sys
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_namespace: ContextVar[dict[str, Any] | None] = ContextVar("nbprism_namespace", default=None)
_renews: ContextVar[bool] = ContextVar("nbprism_renews", default=False)
_fresh: weakref.WeakSet[Any] = weakref.WeakSet()
_shipped: weakref.WeakValueDictionary[tuple[int, str | None], Any] = weakref.WeakValueDictionary()
"""Classes that archives brought along, by the namespace they were made for and their shape."""


PYTHON: str = f"{sys.version_info[0]}.{sys.version_info[1]}"
"""Whose compiled code it is that goes along with a function."""


def code(python: str, *parts: Any) -> types.CodeType:
    """Return compiled code again, for the Python that compiled it.

    Raises:
        ArtifactForeign: it was another one, and running that code could end this process.
    """
    if python != PYTHON:
        from nbprism.runner.errors import ArtifactForeign

        raise ArtifactForeign(
            f"The value holds a function that Python {python} compiled; this is Python {PYTHON}, "
            f"which cannot run it. Load it with Python {python}, or let the step give what needs "
            "no function: numbers, arrays, tables, models of packages."
        )
    return types.CodeType(*parts)


@contextmanager
def into(namespace: dict[str, Any] | None) -> Iterator[None]:
    """Make functions that are loaded inside use `namespace` for their globals."""
    token = _namespace.set(namespace)
    try:
        yield
    finally:
        _namespace.reset(token)


@contextmanager
def renewing() -> Iterator[None]:
    """Let functions and classes that are here already take what their like keep in an archive."""
    token = _renews.set(True)
    try:
        yield
    finally:
        _renews.reset(token)


def namespace() -> dict[str, Any]:
    """Return the globals of the notebook that values are loaded into."""
    chosen = _namespace.get()
    return vars(sys.modules["__main__"]) if chosen is None else chosen


def definition(
    name: str | None, make: Callable[..., Any], args: tuple[Any, ...], shape: str | None = None
) -> Any:
    """Return the notebook's own class or function of that name, or make the shipped one.

    The consumer replays the definitions it uses, and `isinstance` must hold for those. A class that
    came with another archive already, as its code says (`shape`), is that class.
    """
    own = namespace().get(name) if name is not None else None
    if isinstance(own, type) and own.__module__ == "__main__":
        return own
    if isinstance(own, types.FunctionType) and make is function and _same(own.__code__, args[0]):
        return own
    place = (id(namespace()), shape)
    if shape is not None and (known := _shipped.get(place)) is not None:
        return known
    made = _untold(make, *args) if isinstance(args[0], type) else make(*args)
    _fresh.add(made)
    if shape is not None:
        _shipped[place] = made
    return made


def _untold(
    make: Callable[..., Any], kind: type, name: str, bases: tuple[type, ...], *rest: Any
) -> Any:
    """Make a class again without telling the notebook's: they were told when it was defined.

    `__init_subclass__` and a metaclass may list classes, or ask for what is not there yet.
    """
    known = dict.fromkeys(above for base in bases for above in base.__mro__)
    hooks = {
        base: vars(base)["__init_subclass__"]
        for base in known
        if base.__module__ == "__main__" and "__init_subclass__" in vars(base)
    }
    for base in hooks:
        type.__setattr__(base, "__init_subclass__", classmethod(_is_not_told))
    try:
        return make(_plainly(kind), name, bases, *rest)
    finally:
        for base, hook in hooks.items():
            type.__setattr__(base, "__init_subclass__", hook)


def _is_not_told(cls: type, /, **keywords: Any) -> None:
    del cls, keywords


def _plainly(kind: type) -> Callable[..., Any]:
    """Return what makes a class of that metaclass as the libraries beneath it do."""
    if kind.__module__ != "__main__":
        return kind
    below = next(base for base in kind.__mro__ if base.__module__ != "__main__")
    return functools.partial(below.__new__, kind)


def set_state(made: Any, state: Any) -> None:
    """Give an instance its attributes without asking it for any."""
    own, slots = state if isinstance(state, tuple) else (state, None)
    for name, value in (own or {}).items():
        object.__setattr__(made, name, value)
    for name, value in (slots or {}).items():
        object.__setattr__(made, name, value)


def _same(one: Any, other: Any) -> bool:
    """Tell whether two codes do the same, wherever they stand: a notebook may define `f` twice."""
    if not isinstance(one, types.CodeType) or not isinstance(other, types.CodeType):
        return type(one) is type(other) and bool(one == other)
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_same, one.co_consts, other.co_consts))
    )


def fill(made: Any, state: tuple[Callable[[Any, Any], Any], Any]) -> None:
    """Complete a definition that `definition` had to make; leave a replayed one alone.

    Unless what a replayed one keeps comes home: then it is given that.
    """
    setter, inner = state
    if made in _fresh:
        _fresh.discard(made)
        setter(made, inner)
    elif _renews.get() and isinstance(made, types.FunctionType):
        fill_function(made, {**inner, "globals": {}})
    elif _renews.get():
        _renew_class(made, inner[0])


def _renew_class(made: type[Any], attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        if not name.startswith("__") and not callable(value) and not hasattr(value, "__get__"):
            setattr(made, name, value)


def renew_function(old: types.FunctionType, new: types.FunctionType) -> bool:
    """Give a function what another one of the same code keeps, if it is of the same code."""
    if not _same(old.__code__, new.__code__):
        return False
    for mine, theirs in zip(old.__closure__ or (), new.__closure__ or (), strict=True):
        try:
            mine.cell_contents = theirs.cell_contents
        except ValueError:  # not assigned there
            continue
    old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
    vars(old).clear()
    vars(old).update(vars(new))
    return True


MEMOISED = type(functools.cache(len))
_sentinels: dict[str, object] = {}


def sentinel(name: str | None) -> object:
    """Return the notebook's own `object()` of that name, which only its identity tells apart."""
    own = namespace().get(name) if name is not None else None
    if type(own) is object:
        return own
    return object() if name is None else _sentinels.setdefault(name, object())


def cached_property(func: Callable[[Any], Any], name: str | None) -> Any:
    """Return such a property again; in some versions of Python it holds a lock."""
    made: functools.cached_property[Any] = functools.cached_property(func)
    made.attrname = name
    return made


def dispatching(func: Callable[..., Any], overloads: Mapping[type, Callable[..., Any]]) -> Any:
    """Return a method of one dispatch again, which holds weak references."""
    made = functools.singledispatchmethod(func)
    for kind, overload in overloads.items():
        made.dispatcher.register(kind, overload)
    return made


def memoised(name: str, function: Any, maxsize: int | None, typed: bool) -> Any:
    """Return the notebook's own memoised function of that name, or one that remembers nothing."""
    own = namespace().get(name)
    if isinstance(own, MEMOISED) and _same(own.__wrapped__.__code__, function.__code__):
        return own
    return functools.lru_cache(maxsize, typed)(function)


def cell() -> types.CellType:
    """Return an empty closure cell; the function that closes over it fills it."""
    return types.CellType()


def function(code: types.CodeType, closure: tuple[types.CellType, ...]) -> types.FunctionType:
    """Return a function without defaults or closure contents, living in the notebook's globals."""
    return types.FunctionType(code, namespace(), code.co_name, None, closure)


def fill_function(made: types.FunctionType, state: Mapping[str, Any]) -> None:
    """Give a function what `function` could not know yet, because it may refer to the function."""
    for index, contents in state["contents"].items():
        (made.__closure__ or ())[index].cell_contents = contents
    for name, value in state["attributes"].items():
        setattr(made, name, value)
    vars(made).clear()
    vars(made).update(state["dict"])
    home = namespace()
    for name, value in state["globals"].items():
        # Only what the consumer does not have: its own values come from its own cells.
        home.setdefault(name, value)


def window(view: Any, dtype: Any, shape: tuple[int, ...], strides: Any, offset: int) -> Any:
    """Return an array that is a window into another array's memory."""
    import numpy as np

    return np.ndarray(shape, dtype, buffer=view, offset=offset, strides=strides)


def retyped(values: Any, dtype: Any) -> Any:
    """Return an array over the same bytes with another dtype (datetimes cannot travel as such)."""
    return values.view(dtype)


def storage(memory: Any, dtype: Any, device: str) -> Any:
    """Return the memory of a torch tensor."""
    from nbprism.runner.artifacts import tensors

    return tensors.storage(memory, dtype, device)


def placeholder(name: str, step: str, what: str, why: str) -> Any:
    """Return the placeholder of a value that could not be moved."""
    from nbprism.runner.artifacts.placeholder import Placeholder

    return Placeholder(name, step, what, why)
