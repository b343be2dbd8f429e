"""What a cell needs of the kernel it is typed in: values to send, definitions to replay.

The compiler knows what code needs of other code, so the kernel is described to it as a notebook of
parts: the modules it imported, a step `kernel` that gives its values, the functions and classes it
defined, and the cell. What the cell needs is then what any step needs of an earlier one.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Any, Final

from nbprism.compiler import Notebook, Pipeline, Plan, compile_notebook, make_plan, read_notebook
from nbprism.compiler.errors import PlanRejected
from nbprism.offload.definitions import Definition, definitions
from nbprism.offload.effects import Effects, effects_of
from nbprism.offload.likeness import likeness
from nbprism.runner.unit.spec import WATCHED

KERNEL: Final = "kernel"
CELL: Final = "cell"
AFTER: Final = "after"
_ANEW: Final = (
    "{0} is decorated by something that keeps what it has met: in the cell it begins anew, and "
    "what it meets there stays there."
)
_OURS: Final = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open", "display"})
_HISTORY: Final = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[ido]h|_exit_code|__.*__")
"""What IPython binds by itself: inputs, outputs, folders."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A cell ready to be sent: the plan of its one unit, and what has to go with it."""

    plan: Plan
    inputs: tuple[str, ...]
    """Names whose values the unit loads."""
    outputs: tuple[str, ...]
    """Names whose values come back."""
    definitions: tuple[str, ...]
    """Sources of what the cell imports and defines, to be executed here as well."""
    effects: Effects
    notes: tuple[str, ...] = ()
    """What to know of it before it runs."""

    def given(self, entries: Mapping[str, Any]) -> Plan:
        """Return the plan with the kernel's values: a manifest's entries, one per input."""
        manifest = {"schema": 1, "step": KERNEL, "outputs": dict(entries), "metrics": {}}
        return replace(self.plan, given={KERNEL: manifest})


def capture(
    source: str, namespace: Mapping[str, Any], settings: Mapping[str, Any], *, name: str
) -> Capture:
    """Return what it takes to run a cell elsewhere.

    Raises:
        PlanRejected: the cell has an error that can be seen from here, such as a name that nothing
            defines, or a setting is wrong.
    """
    known = {key: value for key, value in namespace.items() if _is_users(key)}
    replayed = list(definitions({**known, "In": namespace.get("In")}))
    notebook = _described(source, known, replayed, settings, name)
    pipeline = compile_notebook(notebook)
    _refuse(pipeline)
    # What is left is about the last step, which reads every word there is.
    plan = make_plan(notebook, replace(pipeline, diagnostics=()), {})
    unit = plan.unit(CELL)
    watched = {**unit.notebook, "metadata": {**unit.notebook["metadata"], WATCHED: True}}
    alone = replace(plan, units=(replace(unit, needs=(), notebook=watched),))
    back = plan.unit(AFTER).inputs
    anew = [one.name for one in replayed if one.decorator_keeps and one.name in unit.inputs]
    outputs = tuple(name for name in unit.outputs if back.get(name) == CELL and name not in anew)
    return Capture(
        alone,
        tuple(unit.inputs),
        outputs,
        definitions=tuple(_own_definitions(plan)),
        effects=effects_of(source, [definition.source for definition in replayed]),
        notes=tuple(map(_ANEW.format, anew)),
    )


def _refuse(pipeline: Pipeline) -> None:
    # A setting nobody knows is a warning in a notebook; here it was typed for this one cell. What
    # cannot leave the cell's process is no reason: the cell may have no use for it afterwards.
    found = [
        finding
        for finding in pipeline.diagnostics
        if (finding.severity == "error" and finding.step in (CELL, None))
        or finding.code == "setting-unknown"
        if finding.code != "unpicklable"
    ]
    if found:
        first = found[0]
        where = f" (line {first.line})" if first.line else ""
        raise PlanRejected(f"The cell cannot run elsewhere{where}: {first.message} {first.hint}")


def _own_definitions(plan: Plan) -> Iterator[str]:
    """Yield the sources that a later step would replay of the cell: its imports and definitions."""
    for cell in plan.unit(AFTER).notebook["cells"]:
        if (cell["metadata"].get("nbprism") or {}).get("from") == CELL:
            yield cell["source"]


def _described(
    source: str,
    known: Mapping[str, Any],
    replayed: Sequence[Definition],
    settings: Mapping[str, Any],
    name: str,
) -> Notebook:
    sources = [definition.source for definition in replayed]
    mentioned = _mentioned([source, *sources])
    own = {one.name: known[one.name] for one in replayed}
    there = {key: value for key, value in known.items() if key in mentioned and key not in own}
    imports = {key: line for key, value in there.items() if (line := _imported(key, value))}
    classes = [value for value in own.values() if isinstance(value, type)]
    made = [likeness(key, there[key], classes) for key in there if key not in imports]
    early = [one.source for one in made if not one.needs_definitions]
    later = [one.source for one in made if one.needs_definitions]
    kept = [f"{one.name}.kept = None" for one in replayed if one.keeps and one.name in mentioned]
    cells = [
        _cell("modules", "\n".join(imports.values()), "imports"),
        _cell(KERNEL, "\n".join(early), KERNEL),
        _cell("definitions", "\n\n".join(sources), "functions"),
        _cell("state", "\n".join([*later, *kept]), KERNEL),
        _cell(CELL, source, CELL),
        _cell(AFTER, _reading(sorted({*mentioned, *there, *own})), AFTER),
    ]
    return read_notebook(
        {
            "cells": [cell for cell in cells if cell["source"]],
            "metadata": {"nbprism": {"schema": 1, "steps": {CELL: dict(settings)}}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        name=name,
    )


def _is_users(name: str) -> bool:
    return name.isidentifier() and not _HISTORY.fullmatch(name) and name not in _OURS


def _imported(name: str, value: Any) -> str | None:
    """Return the import that gives this value under this name, if there is one."""
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__} as {name}"
    if not isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return None
    module, own = value.__module__, value.__name__
    if module == "__main__" or getattr(sys.modules.get(module), own, None) is not value:
        return None
    return f"from {module} import {own} as {name}"


def _mentioned(sources: Iterable[str]) -> set[str]:
    """Return every identifier in the sources; of one that does not parse, every word."""
    return {word for source in sources for word in _words(source)}


def _words(source: str) -> Iterator[str]:
    word = ""
    for letter in f"{source} ":
        if (word + letter).isidentifier():
            word += letter
        elif word:
            yield word
            word = ""


def _reading(names: Iterable[str]) -> str:
    """Return code that reads each of the names that there is."""
    readable = (name for name in names if not iskeyword(name))
    return "\n".join(f"try: {name}\nexcept NameError: pass" for name in readable)


def _cell(cell_id: str, source: str, role: str) -> dict[str, Any]:
    tag = f"step:{role}" if role in (KERNEL, CELL, AFTER) else role
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {"tags": [tag]},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
