"""Why a step runs instead of being reused: each cause in data for views, and in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbprism.runner.reuse.ingredients import Ingredients

LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why what was computed before does not stand for the step."""

    code: str
    """Stable kebab-case name."""
    text: str
    """For people, to be read after "it runs because"."""
    cell: str | None = None
    name: str | None = None
    """The input, parameter, setting, package or file it is about."""

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "cell": self.cell, "name": self.name}


NEVER_RAN: Final = Cause("never-ran", "never ran")
CACHE_OFF: Final = Cause("cache-off", "cache is off for this run")
STEP_CACHE_OFF: Final = Cause("cache-off", "cache is off for this step")
FORCED: Final = Cause("forced", "asked for by --from")
NOT_ASKED_FOR: Final = Cause("not-asked-for", "it was not asked for")
UNKNOWN: Final = Cause("inputs-unknown", "it is not known what its inputs hold")
RESULT_REMOVED: Final = Cause(
    "result-removed", "its earlier result was removed from the store, or damaged there"
)


def in_words(causes: tuple[Cause, ...]) -> str:
    """Return the causes as one line, the first ones first."""
    shown = [cause.text for cause in causes[:3]]
    more = len(causes) - len(shown)
    return "; ".join([*shown, f"and {more} more"] if more else shown)


def may_change(name: str, step: str) -> Cause:
    """Return the cause that a step runs again whose value this one takes."""
    return Cause("input-may-change", f"input `{name}` from `{step}` may change", name=name)


def may_change_before(step: str) -> Cause:
    """Return the cause that a step runs again which this one comes after."""
    return Cause("step-before-may-change", f"step `{step}`, which it comes after, runs again")


def differences(
    before: Ingredients, now: Ingredients, number: Mapping[str, int]
) -> tuple[Cause, ...]:
    """Return what changed between two makings of one step; `number` counts cells from 1."""
    return (
        *_cells(before.code.cells, now.code.cells, number),
        *_setup(before.code.setup, now.code.setup, number),
        *_values("parameter", before.parameters, now.parameters),
        *_inputs(before, now),
        *_order(before.after, now.after),
        *_values("setting", before.code.settings, now.code.settings),
        *_values("package", before.packages, now.packages),
        *_python(before.python, now.python),
    )


_Parts = tuple[tuple[str, str], ...]


def _cells(before: _Parts, now: _Parts, number: Mapping[str, int]) -> Iterator[Cause]:
    codes = [code for _, code in before]
    if codes == [code for _, code in now]:
        return
    old, there = dict(before), {code for _, code in now}
    found = False
    for cell, code in now:
        if code not in codes:
            found = True
            what = "changed" if cell in old else "new"
            yield Cause("cell-changed", f"{what}: {_cell(cell, number)}", cell=cell)
    ids = {cell for cell, _ in now}
    if any(cell not in ids and code not in there for cell, code in before):
        found = True
        yield Cause("cell-removed", "a cell was removed from it")
    if not found:
        yield Cause("cells-moved", "its cells are in another order")


def _setup(before: _Parts, now: _Parts, number: Mapping[str, int]) -> Iterator[Cause]:
    codes, there = {code for _, code in before}, {code for _, code in now}
    changed = dict.fromkeys(cell for cell, code in now if code not in codes)
    for cell in changed:
        yield Cause("setup-changed", f"setup changed: {_cell(cell, number)}", cell=cell)
    if not changed and codes != there:
        yield Cause("setup-changed", "setup changed: some of it is no longer used")
    elif codes == there and [code for _, code in before] != [code for _, code in now]:
        yield Cause("setup-changed", "setup changed: it is in another order")


def _cell(cell: str, number: Mapping[str, int]) -> str:
    return f"cell {number[cell]}" if cell in number else f"cell {cell}"


def _values(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Cause]:
    for name in dict.fromkeys((*now, *before)):
        if before.get(name) != now.get(name) or (name in before) != (name in now):
            arrow = f"{_shown(before, name)} -> {_shown(now, name)}"
            colon = " " if kind == "package" else ": "
            yield Cause(f"{kind}-changed", f"{kind} {name}{colon}{arrow}", name=name)


def _shown(values: Mapping[str, Any], name: str) -> str:
    if name not in values:
        return "none"
    value = values[name]
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _inputs(before: Ingredients, now: Ingredients) -> Iterator[Cause]:
    for name, given in now.inputs.items():
        old = before.inputs.get(name)
        if old is None or old.step != given.step:
            yield Cause("input-changed", f"new input `{name}` from `{given.step}`", name=name)
        elif old.content != given.content:
            yield Cause("input-changed", f"input `{name}` from `{given.step}` changed", name=name)
    for name in before.inputs:
        if name not in now.inputs:
            yield Cause("input-changed", f"`{name}` is no longer an input", name=name)


def _order(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Cause]:
    for step, key in now.items():
        if before.get(step) != key:
            yield Cause("step-before-changed", f"step `{step}`, which it comes after, changed")


def _python(before: str, now: str) -> Iterator[Cause]:
    if before != now:
        yield Cause("python-changed", f"Python changed: {before} -> {now}")
