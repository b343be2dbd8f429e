"""Digest of all in a notebook that can change what a step computes, and the parts it is made of.

Formatting, comments, other steps' code and resources do not count, so editing those keeps what was
computed. The content of inputs is not known here; the runner adds it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbprism.compiler.code.normalised import normalised
from nbprism.compiler.code.packages import imported_packages
from nbprism.compiler.code.recent import kept_while_recent
from nbprism.compiler.flow import StepFlow
from nbprism.compiler.settings.environments import MADE_BY_RAY
from nbprism.compiler.settings.step import StepSettings

SCHEMA = 2
"""Changed whenever the same notebook would get other fingerprints."""


@dataclass(frozen=True, slots=True)
class CodeParts:
    """What a step's own fingerprint is made of, kept so that a change can be named."""

    cells: tuple[tuple[str, str], ...] = ()
    """Its own cells, in order: id, and digest of the code in it."""
    setup: tuple[tuple[str, str], ...] = ()
    """What it replays: id of the cell it is from, and digest of the code."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Those that can change what is computed."""
    packages: tuple[str, ...] = ()
    """What its code imports, by top-level name, sorted."""

    def to_json(self) -> dict[str, Any]:
        return {
            "cells": [list(part) for part in self.cells],
            "setup": [list(part) for part in self.setup],
            "settings": dict(self.settings),
            "packages": list(self.packages),
        }

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> CodeParts:
        return cls(
            tuple((cell, digest) for cell, digest in form["cells"]),
            tuple((cell, digest) for cell, digest in form["setup"]),
            form["settings"],
            tuple(form["packages"]),
        )


def code_parts(flow: StepFlow, cells: Mapping[str, str], settings: StepSettings) -> CodeParts:
    """Return what a step's code and settings contribute; `cells` are its own, id -> source."""
    sources = (*cells.values(), *(fragment.source for fragment in flow.replay))
    return CodeParts(
        cells=tuple((cell, _of_code(source)) for cell, source in cells.items()),
        setup=tuple((fragment.cell, _of_code(fragment.source)) for fragment in flow.replay),
        settings=_what_matters(settings),
        packages=tuple(sorted(set().union(*map(imported_packages, sources)))),
    )


def step_fingerprint(flow: StepFlow, parts: CodeParts) -> str:
    """Return the digest of a step: its cells' code, what it replays, takes and gives."""
    return _digest(
        {
            "schema": SCHEMA,
            "step": flow.name,
            # Without ids: a cell that was cut and pasted computes what it did.
            "cells": [digest for _, digest in parts.cells],
            "replay": [digest for _, digest in parts.setup],
            "inputs": sorted((item.name, item.source) for item in (*flow.inputs, *flow.carried)),
            "outputs": sorted(flow.outputs),
            "parameters": sorted(flow.parameters),
            "metrics": sorted(flow.metrics),
            "settings": dict(parts.settings),
        }
    )


def unit_fingerprint(
    step: str, parameters: Mapping[str, Any], itemised: Mapping[str, int] | None = None
) -> str:
    """Return the digest of a step, given by its own, run with these parameter values.

    Args:
        step: Digest of its code and settings.
        parameters: The values it reads.
        itemised: Its outputs that it also gives item by item, for a `foreach` below.
    """
    form = {"step": step, "parameters": dict(parameters)}
    return _digest({**form, "itemised": dict(itemised)} if itemised else form)


@kept_while_recent
def _of_code(source: str) -> str:
    # A semicolon at the end is not in the syntax tree, but decides whether a value is shown.
    quiet = source.rstrip().endswith(";")
    return _digest({"code": normalised(source), "quiet": quiet})


def _what_matters(settings: StepSettings) -> dict[str, Any]:
    # Code can see which devices it was given, and computes other numbers on other devices.
    matters: dict[str, Any] = {
        "gpus": settings.gpus,
        "accelerator_type": settings.accelerator_type,
        "env_vars": dict(settings.env_vars),
        "cache": settings.cache if isinstance(settings.cache, str) else None,
    }
    for name in MADE_BY_RAY:
        if made := getattr(settings, name):
            matters[name] = made if isinstance(made, str) else list(made)
    if settings.when is not None:
        matters["when"] = normalised(settings.when)
    if settings.foreach is not None:
        matters["foreach"] = str(settings.foreach)
    return matters


def _digest(value: Mapping[str, Any]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
