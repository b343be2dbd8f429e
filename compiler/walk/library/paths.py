"""Texts that the notebook spells out, in part at least: constants, their joins, `Path` objects."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Sequence
from itertools import islice, product
from pathlib import PurePosixPath

from nbprism.compiler.walk.heap import EMPTY, UNKNOWN, Obj, Value, union
from nbprism.compiler.walk.machine import Machine

PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath"})
_TEXT = "text"
_LONGEST, _MOST = 2000, 8
_SAME = frozenset({"resolve", "absolute", "expanduser"})
_LISTING = frozenset({"iterdir", "glob", "rglob", "walk"})
DERIVING = _SAME | _LISTING | {"joinpath", "with_suffix", "with_name", "with_stem"}
"""Methods that make a path of a path, or several."""
_TEXTS = frozenset({"str", "pattern"})


def is_path(obj: Obj) -> bool:
    """Return whether the object is a `pathlib` path."""
    return obj.kind == "object" and obj.path in PATHS


def texts(value: Value) -> list[str]:
    """Return the texts that strings and paths among the objects stand for."""
    return [text for text in patterns(value) if UNKNOWN not in text]


def patterns(value: Value) -> list[str]:
    """Return the same, and texts of which only some pieces are known."""
    found = [obj.path for obj in value if obj.kind in _TEXTS]
    found += [item.path for obj in value if is_path(obj) for item in obj.fields.get(_TEXT, EMPTY)]
    return sorted(found)


def strings(machine: Machine, parts: Sequence[Value], *, separator: str = "") -> Value:
    """Return the texts that the parts make, nothing if nothing is known of any of them."""
    known = [patterns(part) or [UNKNOWN] for part in parts]
    found = islice(product(*known), _MOST)
    joined = (posixpath.join(*some) if separator else "".join(some) for some in found if some)
    return frozenset(
        machine.heap.text(text)
        for text in joined
        if len(text) < _LONGEST and not UNKNOWN.startswith(text.strip("/"))
    )


def path(machine: Machine, node: ast.AST, parts: Sequence[Value]) -> Value:
    """Return a `pathlib` path made of the parts."""
    made = machine.new(node, "object", "path", "pathlib.Path")
    made.hold(_TEXT, strings(machine, parts, separator="/"))
    return frozenset((made,))


def derived(
    machine: Machine, node: ast.AST, obj: Obj, name: str, arguments: Sequence[Value]
) -> Value:
    """Return the path that a method makes of a path, or what goes over several."""
    if name in _SAME:
        return frozenset((obj,))
    if name in _LISTING:
        return frozenset((machine.new(node, "handle", path="a generator"),))
    if name == "joinpath":
        return path(machine, node, (frozenset((obj,)), *arguments))
    found = product(texts(frozenset((obj,))), texts(union(arguments[:1])))
    made = (_renamed(text, name, word) for text, word in found)
    return path(machine, node, (frozenset(machine.heap.text(text) for text in made if text),))


def _renamed(text: str, method: str, word: str) -> str:
    try:
        return str(getattr(PurePosixPath(text), method)(word))
    except ValueError:  # "x." is no suffix, "a/b" no name
        return ""


def attribute(machine: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    """Return what an attribute of a path is: another path, or a text."""
    known = texts(frozenset((obj,)))
    if name == "parent":
        parents = frozenset(machine.heap.text(posixpath.dirname(text) or ".") for text in known)
        return path(machine, node, (parents,))
    if name in ("name", "stem", "suffix"):
        return frozenset(machine.heap.text(getattr(PurePosixPath(text), name)) for text in known)
    return machine.heap.part(obj, name)


def added(machine: Machine, node: ast.BinOp, left: Value, right: Value) -> Value | None:
    """Return what `'a' + 'b'` and `Path('a') / 'b'` make, None if it is neither."""
    if isinstance(node.op, ast.Div) and any(map(is_path, left | right)):
        return path(machine, node, (left, right))
    both = left | right
    if isinstance(node.op, ast.Add) and both and all(obj.kind in _TEXTS for obj in both):
        return strings(machine, (left, right))
    return None
