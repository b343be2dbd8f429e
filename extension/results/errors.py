"""What asking a run for something may raise, beside what the runner raises.

    PrismError
    ├── RunUnfinished       the run has not ended, and only then has what was asked for
    ├── RunUnsuccessful     `Run.check()`: the run ended, but not well
    ├── RunAmbiguous        several runs fit what was asked for
    └── FormatUnknown       a run cannot be written in a file of that kind

Each is one sentence for people, with what to do.
"""

from __future__ import annotations

from nbprism.compiler.errors import PrismError


class RunUnfinished(PrismError):
    """The run has not ended, and only then has what was asked for."""

    code = "run-unfinished"


class RunUnsuccessful(PrismError):
    """The run ended, but not well."""

    code = "run-unsuccessful"


class RunAmbiguous(PrismError):
    """Several runs fit what was asked for."""

    code = "run-ambiguous"


class FormatUnknown(PrismError):
    """A run cannot be written in a file of that kind."""

    code = "format-unknown"
