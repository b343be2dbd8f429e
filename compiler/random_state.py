"""Random generators that live in a module, as `random` and `numpy.random` have one.

Seeding gives a hidden name a value and drawing changes it, so a step that draws after another did
gets the state in which that one left the generator. Without a seed the numbers are anybody's.
"""

from __future__ import annotations

import ast

from nbprism.compiler import library
from nbprism.compiler.heap import Obj, reach
from nbprism.compiler.machine import Machine
from nbprism.compiler.records import Read

HIDDEN = {"random": "__random__", "numpy.random": "__numpy_random__"}
"""Module -> the name its generator's state goes by; `nbprism.runner.random_state` knows them."""
_MODULES = {hidden: module for module, hidden in HIDDEN.items()}

_SEEDING = frozenset({"seed", "setstate", "set_state"})
_QUIET = frozenset({"default_rng", "bit_generator"})
_READING = frozenset({"getstate", "get_state"})
_GIVEN = frozenset({"random_state", "rng", "seed"})


def is_hidden(name: str) -> bool:
    """Return whether the name stands for the state of a module's generator."""
    return name in _MODULES


def described(name: str) -> str:
    """Return what messages call the name."""
    return f"the random state of `{_MODULES[name]}`" if is_hidden(name) else f"`{name}`"


def note_function(machine: Machine, path: str, node: ast.Call) -> None:
    """Note that a library function seeds, reads or draws from such a generator."""
    module, _, name = path.rpartition(".")
    if module in HIDDEN and name[:1].islower():
        _use(machine, module, name)
    elif path in library.DRAWS_FROM_NUMPY and not _is_given(node):
        _draw(machine, "numpy.random")


def note_method(machine: Machine, name: str, obj: Obj, node: ast.Call) -> None:
    """Note that a method of a library's object draws, as fitting a forest does."""
    samples = name == "sample" and obj.kind == "frame"
    fits = name in library.FITTING and any(map(_draws, reach((obj,))))
    if (samples or fits) and not _is_given(node):
        _draw(machine, "numpy.random")


def _use(machine: Machine, module: str, name: str) -> None:
    hidden = HIDDEN[module]
    if name in _SEEDING:
        state = machine.heap.make(hidden, "object", "random state")
        machine.rebind_hidden(hidden, frozenset((state,)))
    elif name in _READING:
        machine.load_if_bound(hidden)
    elif name not in _QUIET:
        _draw(machine, module)


def _draw(machine: Machine, module: str) -> None:
    version = machine.space.get(HIDDEN[module])
    if version is None:
        return
    machine.note_read(version)
    if machine.activity is not None and version.step not in (None, machine.cell.step):
        machine.activity.draws.setdefault(module, Read(version, machine.cell, machine.line))
    machine.change(version.value)


def _draws(obj: Obj) -> bool:
    return obj.path in library.DRAWING_CLASSES and not obj.fields.keys() & _GIVEN


def _is_given(node: ast.Call) -> bool:
    return any(keyword.arg in _GIVEN for keyword in node.keywords)
