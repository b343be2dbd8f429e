"""What a step is computed from, as far as it is known before it runs, and the key of all that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbprism.compiler.fingerprint import CodeParts

SCHEMA: Final = 1
"""Changed whenever the same ingredients would get another key."""


@dataclass(frozen=True, slots=True)
class Given:
    """One input: the step it is from, and what stands for its content."""

    step: str
    content: str


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that decides what a step computes, but for the files it will read."""

    fingerprint: str
    code: CodeParts
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Given]
    after: Mapping[str, str]
    """Steps it comes after without taking a value, and the keys they were computed under.

    Who says `after` says that a step needs something of another that nbprism cannot see."""
    packages: Mapping[str, str]
    python: str

    @property
    def key(self) -> str:
        """Name what is computed from exactly this; a digest."""
        # The code itself and the parameters are in the fingerprint.
        form = {
            "schema": SCHEMA,
            "fingerprint": self.fingerprint,
            "inputs": {name: given.content for name, given in self.inputs.items()},
            "after": dict(self.after),
            "packages": dict(self.packages),
            "python": self.python,
        }
        canonical = json.dumps(form, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(canonical.encode(), digest_size=20).hexdigest()

    def to_json(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "code": self.code.to_json(),
            "parameters": dict(self.parameters),
            "inputs": {name: [given.step, given.content] for name, given in self.inputs.items()},
            "after": dict(self.after),
            "packages": dict(self.packages),
            "python": self.python,
        }

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> Ingredients:
        """Return the ingredients whose `to_json` is `form`.

        Raises:
            KeyError, TypeError, ValueError: it is not such a form.
        """
        return cls(
            fingerprint=form["fingerprint"],
            code=CodeParts.from_json(form["code"]),
            parameters=form["parameters"],
            inputs={name: Given(*given) for name, given in form["inputs"].items()},
            after=form["after"],
            packages=form["packages"],
            python=form["python"],
        )
