"""The functions and classes that were written in this kernel: their sources, and what they keep.

A definition is replayed from its source, where it is used. One that has more than its source says,
such as a default that was filled since, or a counter in an attribute, goes as a value besides. What
a decorator keeps does not: replaying makes another one.
"""

from __future__ import annotations

import ast
import dis
import enum
import inspect
import linecache
import textwrap
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbprism.compiler.code.magics import parse_cell

_MUTABLE: Final = (list, dict, set, bytearray)
_DEFINING: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class with the name it was given where it was written."""

    name: str
    source: str
    keeps: bool
    """Whether it has more than its source says."""
    decorator_keeps: bool = False
    """Whether that is a decorator's."""


def definitions(namespace: Mapping[str, Any]) -> Iterator[Definition]:
    """Yield the definitions whose source is known, in order of binding."""
    for name, value in namespace.items():
        if not _is_written_here(name, value):
            continue
        source = _source(value, namespace)
        if source is not None and (node := _top(source, name)) is not None:
            decorated = _decorator_keeps(value)
            yield Definition(name, source, decorated or _keeps(value, node), decorated)


def changes_when_called(value: Any) -> bool:
    """Return whether a function keeps something from one call to the next, in its closure."""
    if not isinstance(value, types.FunctionType):
        return False
    held = (*_closed_over(value), *_defaults(value))
    return bool(_assigned(value) or vars(value)) or any(isinstance(one, _MUTABLE) for one in held)


def _assigned(function: types.FunctionType) -> set[str]:
    """Return the names around a function that it assigns to: those it calls `nonlocal`."""
    stored = {one.argval for one in dis.get_instructions(function) if one.opname == "STORE_DEREF"}
    return stored & set(function.__code__.co_freevars)


def _is_written_here(name: str, value: Any) -> bool:
    # By the longer name: what a function returned may have the same one inside of it.
    return (
        isinstance(value, type | types.FunctionType)
        and value.__module__ == "__main__"
        and value.__qualname__ == value.__name__ == name
    )


def _source(value: Any, namespace: Mapping[str, Any]) -> str | None:
    """Return a definition's source; None if it was made by `exec`: then it goes as a value."""
    if isinstance(value, type):
        return _class_source(value, namespace)
    try:
        return textwrap.dedent(inspect.getsource(value))
    except (OSError, TypeError):
        return None


def _class_source(kind: type[Any], namespace: Mapping[str, Any]) -> str | None:
    """A class does not know where it was written, but its functions do; else the history does."""
    for code in _codes(kind):
        text = "".join(linecache.getlines(code.co_filename))
        if (found := _cut(text, kind.__name__, code.co_firstlineno)) is not None:
            return found
    for text in reversed(namespace.get("In") or ()):
        if (found := _cut(text, kind.__name__)) is not None:
            return found
    return None


def _codes(kind: type[Any]) -> Iterator[types.CodeType]:
    for member in vars(kind).values():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if isinstance(function, types.FunctionType):
            yield inspect.unwrap(function).__code__


def _cut(text: str, name: str, line: int | None = None) -> str | None:
    """Return the source of the class in a cell; of several, the last, or that around the line."""
    cell = parse_cell(text)
    for node in reversed(cell.tree.body if cell.tree is not None else ()):
        if isinstance(node, ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            last = node.end_lineno or first
            if line is None or first <= line <= last:
                return "\n".join(cell.text.splitlines()[first - 1 : last])
    return None


def _top(source: str, name: str) -> Any:
    tree = parse_cell(source).tree
    found = [node for node in (tree.body if tree else ()) if isinstance(node, _DEFINING)]
    return next((node for node in found if node.name == name), None)


def _decorator_keeps(value: Any) -> bool:
    # Only a decorator can have put a closure around what stands at the top of a cell.
    return isinstance(value, types.FunctionType) and (
        any(isinstance(held, _MUTABLE) for held in _closed_over(value)) or bool(_assigned(value))
    )


def _keeps(value: Any, node: Any) -> bool:
    if isinstance(value, type):
        return _class_keeps(value, node)
    if vars(value).keys() - {"__wrapped__"}:
        return True
    said = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    return not value.__closure__ and not _all_say(said, list(_defaults(value)))


def _class_keeps(kind: type[Any], node: ast.ClassDef) -> bool:
    if isinstance(kind, enum.EnumMeta):
        return False
    said = dict(_said(node))
    data = {name: value for name, value in vars(kind).items() if _is_data(name, value)}
    return not data.keys() <= said.keys() or not _all_say(
        [said[name] for name in data], list(data.values())
    )


def _said(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for line in node.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def _is_data(name: str, value: Any) -> bool:
    return not name.startswith("_") and not callable(value) and not hasattr(value, "__get__")


def _all_say(said: Sequence[ast.expr], values: Sequence[Any]) -> bool:
    return len(said) == len(values) and all(map(_says, said, values))


def _says(node: ast.expr, value: Any) -> bool:
    """Return whether an expression, read anew, is sure to give this value."""
    try:
        found = ast.literal_eval(node)
        return type(found) is type(value) and bool(found == value)
    except ValueError:  # no literal, or holding what does not compare
        return False


def _defaults(function: types.FunctionType) -> Iterator[Any]:
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()


def _closed_over(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
