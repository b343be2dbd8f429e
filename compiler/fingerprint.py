"""Digest of all in a notebook that can change what a step computes.

Formatting, comments, other steps' code and resources do not count, so editing those keeps what was
computed. The content of inputs is not known here; the runner adds it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from nbprism.compiler.dataflow import normalised
from nbprism.compiler.flow import StepFlow
from nbprism.compiler.settings import StepSettings

SCHEMA = 1
"""Changed whenever the same notebook would get other fingerprints."""


def step_fingerprint(flow: StepFlow, sources: Iterable[str], settings: StepSettings) -> str:
    """Return the digest of a step: its cells' sources, what it replays, takes and gives."""
    return _digest(
        {
            "schema": SCHEMA,
            "step": flow.name,
            "cells": [normalised(source) for source in sources],
            "replay": [normalised(fragment.source) for fragment in flow.replay],
            "inputs": sorted((item.name, item.source) for item in (*flow.inputs, *flow.carried)),
            "outputs": sorted(flow.outputs),
            "parameters": sorted(flow.parameters),
            "metrics": sorted(flow.metrics),
            "settings": _what_matters(settings),
        }
    )


def unit_fingerprint(step: str, parameters: Mapping[str, Any]) -> str:
    """Return the digest of a step, given by its own, run with these parameter values."""
    return _digest({"step": step, "parameters": dict(parameters)})


def _what_matters(settings: StepSettings) -> dict[str, Any]:
    # Code can see which devices it was given, and computes other numbers on other devices.
    return {
        "gpus": settings.gpus,
        "accelerator_type": settings.accelerator_type,
        "env_vars": dict(settings.env_vars),
    }


def _digest(value: Mapping[str, Any]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
