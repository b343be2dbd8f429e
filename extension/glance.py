"""What the variables of a live kernel are, at a glance: type, size, whether they can be moved.

JupyterLab's panel asks this of a notebook's kernel, in a user expression of an empty request, for
the names on the edges of its pipeline. What a run will find out is so known before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from nbprism.runner.artifacts import culprit, movable, preview
from nbprism.runner.artifacts.placeholder import Placeholder
from nbprism.runner.artifacts.trial import tried


@dataclass(frozen=True, slots=True)
class Glance:
    """One variable, as it is in the kernel now."""

    name: str
    type: str
    """As people know it: `pandas.DataFrame`."""
    preview: str
    """What it is, in a few words: `100 rows x 3 columns`."""
    bytes: int
    """What would travel to another step, about."""
    whole: bool
    """Whether all of it was looked at; if not, it is larger than `bytes`."""
    trouble: str | None
    """Why it cannot be moved, and what to do; None if nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Glances:
    """The variables that were asked for and are there; a kernel sends them as JSON."""

    found: tuple[Glance, ...]

    def _repr_json_(self) -> dict[str, Any]:
        return {"schema": 1, "found": [asdict(glance) for glance in self.found]}

    def __repr__(self) -> str:
        return "\n".join(f"{g.name}: {g.trouble or g.preview} ({g.type})" for g in self.found)


def glance(names: Iterable[str], namespace: dict[str, Any]) -> Glances:
    """Return what the variables of these names are; those that are not there are left out.

    Cheap whatever they are: arrays are not copied, large values only looked into.
    """
    there = [name for name in names if name in namespace]
    return Glances(tuple(_seen(name, namespace[name], namespace) for name in there))


def _seen(name: str, value: Any, home: dict[str, Any]) -> Glance:
    if type(value) is Placeholder:
        _, step, what, why = Placeholder.parts(value)
        trouble = f"{what} stayed in step '{step}'. To fix it: {why}."
        return Glance(name, "unsupported", "", bytes=0, whole=True, trouble=trouble)
    trial = tried(value, home)
    return Glance(
        name,
        movable.type_name(type(value)),
        preview.line_of(value),
        trial.bytes,
        trial.whole,
        _trouble(name, value, home, trial.error),
    )


def _trouble(name: str, value: Any, home: dict[str, Any], error: Exception | None) -> str | None:
    if error is None:
        return None
    return movable.sentence(*culprit.blamed(name, value, home, error))
