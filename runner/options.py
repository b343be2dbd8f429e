"""What whoever starts a run may choose about it, beside the notebook and its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run treats what was computed before; the defaults reuse whatever did not change."""

    cache: bool = True
    """Whether steps may be taken from earlier runs."""
    from_step: str | None = None
    """This step and all after it run, even if nothing about them changed."""
    only_step: str | None = None
    """Only this step is asked for; what it needs must be there already."""
    resumes: str | None = None
    """The run whose finished steps are taken over."""
    sweep: str | None = None
    """The sweep that this run is a point of."""


USUAL: Final = RunOptions()
"""What a run does that nobody chose anything for."""
