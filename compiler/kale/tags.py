"""Kale's tag language, all generations from 0.1 to 2.3, as one cell uses it.

Parses only; `kale.py` gives the parts their meaning here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

TARGETS = {
    "skip": "skip",
    "imports": "imports",
    "functions": "functions",
    "parameters": "parameters",
    "injected-parameters": "parameters",
    "pipeline-parameters": "parameters",
    "pipeline-metrics": "metrics",
}
"""Kale's tags for whole cells -> our role tags. The first one on a cell decides alone."""

_OLD_LANGUAGE = re.compile(r"(block|prev):.*|pipeline-(parameters|metrics)|limit:[^:]+:[^:]+")
_CONFIGURATION = re.compile(r"(annotation|label|limit|image|cache|report|secret|notebook):.*", re.S)
_CELL_MARKS = ("in", "out")


@dataclass(frozen=True, slots=True)
class KaleTags:
    """The tags of one cell, sorted by what they mean."""

    role: str | None = None
    """Our role tag for the cell."""
    steps: tuple[str, ...] = ()
    """Names as Kale has them; one, but 0.1 allowed several."""
    after: tuple[str, ...] = ()
    configuration: tuple[str, ...] = ()
    """Tags such as `limit:cpu:2`, whole."""
    others: tuple[str, ...] = field(default=())
    """Tags that are not Kale's."""

    @property
    def is_continuation(self) -> bool:
        """Whether the cell belongs to whatever the cell above belongs to."""
        return self.role is None and not self.steps


def only_kale_uses(tags: Iterable[str]) -> bool:
    """Return whether one of these tags exists in Kale's language but not in ours."""
    return any(_OLD_LANGUAGE.fullmatch(tag) for tag in tags)


def parse_kale_tags(tags: Sequence[str]) -> KaleTags:
    """Return the parts of a cell's tags; nothing is refused, what is unknown is kept."""
    role = next((TARGETS[tag] for tag in tags if tag in TARGETS), None)
    named = [_names(tag) for tag in tags if tag.startswith(("step:", "block:"))]
    waits = [_names(tag) for tag in tags if tag.startswith("prev:")]
    return KaleTags(
        role=role,
        steps=_flat(named) if role is None else (),
        after=_flat(waits) if role is None else (),
        configuration=tuple(tag for tag in tags if is_configuration(tag)),
        others=tuple(tag for tag in tags if _is_foreign(tag)),
    )


def is_configuration(tag: str) -> bool:
    """Return whether the tag sets something for a step, as `limit:` and `image:` do."""
    return _CONFIGURATION.fullmatch(tag) is not None or tag in _CELL_MARKS


def _is_foreign(tag: str) -> bool:
    ours = tag in TARGETS or tag.startswith(("step:", "block:", "prev:"))
    return not ours and not is_configuration(tag)


def _names(tag: str) -> list[str]:
    """Return the names in a tag: `block:a;b` of version 0.1 has two, `block:` has none."""
    return [name for name in tag.split(":", 1)[1].split(";") if name]


def _flat(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))
