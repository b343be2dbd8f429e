"""What differs between two runs."""

from __future__ import annotations

import difflib
import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbprism.results.plainly import plainly
from nbprism.results.run import Run


@dataclass(frozen=True, slots=True)
class Diff:
    """The differences of run `b` from run `a`; empty mappings where there are none."""

    a: str
    b: str
    parameters: Mapping[str, tuple[Any, Any]]
    """Name -> value in `a`, value in `b`; None where a run has no such parameter."""
    metrics: Mapping[str, tuple[Any, Any]]
    states: Mapping[str, tuple[str | None, str | None]]
    code: Mapping[str, str]
    """Step -> unified diff of its cells' code."""

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as `nbprism diff --json` prints it."""
        pairs = {"parameters": self.parameters, "metrics": self.metrics, "states": self.states}
        return {
            "schema": 1,
            "a": self.a,
            "b": self.b,
            **{kind: {k: list(v) for k, v in found.items()} for kind, found in pairs.items()},
            "code": dict(self.code),
        }

    def __bool__(self) -> bool:
        return bool(self.parameters or self.metrics or self.states or self.code)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.a} -> {self.b}" + ("" if self else ": no difference")
        for kind in ("parameters", "metrics", "states"):
            for name, (before, after) in getattr(self, kind).items():
                yield f"{kind}  {name}: {before!r} -> {after!r}"
        for step, changes in self.code.items():
            yield f"code  {step}:"
            yield changes

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


@plainly
def diff(a: Run | str, b: Run | str) -> Diff:
    """Return what differs between two runs: parameters, metrics, states and code of their steps.

    Args:
        a: a run, or what `Run.find` finds it by.
        b: another.

    Raises:
        RunNotFound: there is no such run near here.
        RunAmbiguous: several runs fit.

    Example:
        >>> other = nbprism.submit("train.ipynb", parameters={"lr": 0.2}).wait()
        >>> nbprism.diff(run, other).parameters
        {'lr': (0.5, 0.2)}
    """
    before, after = (one if isinstance(one, Run) else Run.find(one) for one in (a, b))
    return Diff(
        before.id,
        after.id,
        parameters=_changed(before.parameters, after.parameters),
        metrics=_changed(before.metrics, after.metrics),
        states=_changed(_states(before), _states(after)),
        code=dict(_code_changes(before, after)),
    )


def _states(run: Run) -> dict[str, str]:
    return {name: step.state for name, step in run.items()}


def _changed(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*a, *b])
    return {n: (a.get(n), b.get(n)) for n in names if (n in a) != (n in b) or a.get(n) != b.get(n)}


def _code_changes(a: Run, b: Run) -> Iterator[tuple[str, str]]:
    for step in dict.fromkeys([*a, *b]):
        before, after = (run[step].code.splitlines() if step in run else [] for run in (a, b))
        if before != after:
            lines = difflib.unified_diff(before, after, a.id, b.id, lineterm="")
            yield step, "\n".join(lines)
