"""What a call hands over."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbprism.compiler.walk.heap import EMPTY, Value, union


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call hands over."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    rest: Value = EMPTY
    """What any further parameter may get: `*args`, `**kwargs`, or calls by a library."""
    unknown: bool = False
    """True when a library calls, with arguments nobody can see."""

    def all(self) -> Value:
        """Return everything that is handed over."""
        return union((*self.positional, *self.keywords.values(), self.rest))

    def behind(self, first: Value) -> Arguments:
        """Return the same arguments after another first one."""
        return Arguments((first, *self.positional), self.keywords, self.rest, self.unknown)
