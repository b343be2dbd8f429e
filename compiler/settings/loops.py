"""A step that runs once for each item of a list (`foreach`): what it goes over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, Final

from nbprism.compiler.settings.quantities import QuantityInvalid

_FORM: Final = re.compile(r"([^\W\d]\w*)\s+in\s+([^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class Loop:
    """What `foreach` says: a variable, and the name of the list whose items it is set to."""

    variable: str
    name: str

    def __str__(self) -> str:
        return f"{self.variable} in {self.name}"


@dataclass(frozen=True, slots=True)
class Items:
    """What the units of a step go over."""

    variable: str
    name: str
    source: str | None
    """The step that makes the list, or None for a parameter."""
    values: tuple[Any, ...] = ()
    """The items of a parameter, JSON."""

    def to_json(self) -> dict[str, Any]:
        return {
            "variable": self.variable,
            "name": self.name,
            "from": self.source,
            "values": list(self.values),
        }

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> Items:
        return cls(form["variable"], form["name"], form["from"], tuple(form["values"]))


def loop(value: Any) -> Loop:
    """Return the loop that a text describes.

    Raises:
        QuantityInvalid: it is not of the form `VARIABLE in NAME`.
    """
    found = _FORM.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or iskeyword(found[1]) or iskeyword(found[2]):
        raise QuantityInvalid(
            "must be of the form 'VARIABLE in NAME', as in 'country in countries', with one list "
            "that a step above makes or that is a parameter"
        )
    if found[1] == found[2]:
        raise QuantityInvalid("needs two names, one for the item and one for the list")
    return Loop(found[1], found[2])


def is_mentioned(name: str, sources: Iterable[str]) -> bool:
    """Return whether the name stands anywhere in the code, texts and comments included."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(word.search(source) for source in sources)
