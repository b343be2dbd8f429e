"""The command line that all benchmarks share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from series import QUICK_REPEATS, REPEATS


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure, and what."""

    quick: bool
    """Only look whether it runs: few repeats, and RESULTS.md stays as it is."""
    only: tuple[str, ...]

    @classmethod
    def parse(cls, description: str | None) -> Options:
        parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
        parser.add_argument("--quick", action="store_true", help="a first look, not for RESULTS.md")
        parser.add_argument("only", nargs="*", help="these competitors only")
        arguments = parser.parse_args()
        return cls(arguments.quick, tuple(arguments.only))

    @property
    def repeats(self) -> int:
        return QUICK_REPEATS if self.quick else REPEATS

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only
