"""What a cell needs of the kernel it is typed in: values to send, definitions to replay.

The compiler knows what code needs of other code, so the kernel is described to it as a notebook of
parts: the modules it imported, a step `kernel` that gives its values, the functions and classes it
defined, and the cell. What the cell needs is then what any step needs of an earlier one.
"""

from __future__ import annotations

import builtins
import inspect
import re
import textwrap
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Any, Final

from nbprism.compiler import Notebook, Pipeline, Plan, compile_notebook, make_plan, read_notebook
from nbprism.compiler.errors import PlanRejected
from nbprism.offload.effects import Effects, effects_of
from nbprism.runner.unit.spec import WATCHED

KERNEL: Final = "kernel"
CELL: Final = "cell"
AFTER: Final = "after"
_ANYTHING: Final = "__import__('pickle').loads(b'')"
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
    replayed = dict(_definitions(known))
    notebook = _described(source, known, replayed, settings, name)
    pipeline = compile_notebook(notebook)
    _refuse(pipeline)
    # What is left is about the last step, which reads every word there is.
    plan = make_plan(notebook, replace(pipeline, diagnostics=()), {})
    unit = plan.unit(CELL)
    watched = {**unit.notebook, "metadata": {**unit.notebook["metadata"], WATCHED: True}}
    alone = replace(plan, units=(replace(unit, needs=(), notebook=watched),))
    back = plan.unit(AFTER).inputs
    outputs = tuple(name for name in unit.outputs if back.get(name) == CELL)
    return Capture(
        alone,
        tuple(unit.inputs),
        outputs,
        definitions=tuple(_own_definitions(plan)),
        effects=effects_of(source, replayed.values()),
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
    definitions: Mapping[str, str],
    settings: Mapping[str, Any],
    name: str,
) -> Notebook:
    mentioned = _mentioned([source, *definitions.values()])
    values = [
        key
        for key, value in known.items()
        if key in mentioned and key not in definitions and not isinstance(value, types.ModuleType)
    ]
    cells = [
        _cell("modules", "\n".join(_imports(known, mentioned)), "imports"),
        _cell(KERNEL, "\n".join(_made(key, known[key]) for key in values), KERNEL),
        _cell("definitions", "\n\n".join(definitions.values()), "functions"),
        _cell(CELL, source, CELL),
        _cell(AFTER, _reading(sorted(mentioned | set(values))), AFTER),
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


def _imports(known: Mapping[str, Any], mentioned: set[str]) -> Iterator[str]:
    for name, value in known.items():
        if isinstance(value, types.ModuleType) and name in mentioned:
            yield f"import {value.__name__} as {name}"


def _made(name: str, value: Any) -> str:
    """Return code that makes something of the value's type: the compiler knows what changes it."""
    kind = type(value)
    if getattr(builtins, kind.__name__, None) is kind:
        return f"{name} = {kind.__name__}()"
    if "." in kind.__qualname__ or kind.__module__ in {"__main__", "builtins"}:
        return f"{name} = {_ANYTHING}"
    return f"import {kind.__module__}\n{name} = {kind.__module__}.{kind.__name__}()"


def _definitions(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the functions and classes of this kernel whose source is known, in order of binding."""
    for name, value in known.items():
        if (
            getattr(value, "__module__", None) != "__main__"
            or getattr(value, "__name__", "") != name
        ):
            continue
        if isinstance(value, type | types.FunctionType):
            try:
                yield name, textwrap.dedent(inspect.getsource(value))
            except (OSError, TypeError):
                continue  # made by `exec`: it goes as a value


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
