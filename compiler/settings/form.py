"""The form in which people give a step its settings, as a JSON schema.

Says how a setting is asked for; whether a value is right, `settings` says. Front ends build their
form from it, so a new setting appears in them by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbprism.compiler.settings.step import known_settings

FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "cpus": {
        "title": "CPUs",
        "type": "number",
        "default": 1,
        "minimum": 0,
        "description": "Reserved for the step; a fraction shares one.",
    },
    "memory": {
        "title": "Memory",
        "type": "string",
        "description": "Reserved for the step, such as 500M, 4GB or 4GiB.",
    },
    "gpus": {
        "title": "GPUs",
        "type": "number",
        "default": 0,
        "minimum": 0,
        "description": "A fraction below 1 shares a device.",
    },
    "accelerator_type": {
        "title": "GPU type",
        "type": "string",
        "description": "In the cluster's words, such as A100.",
    },
    "after": {
        "title": "After",
        "type": "array",
        "uniqueItems": True,
        "default": [],
        "items": {"type": "string"},
        "description": "Wait for these steps although no value crosses.",
    },
    "when": {
        "title": "When",
        "type": "string",
        "description": "An expression over names the step sees; the step runs where it is true.",
    },
    "foreach": {
        "title": "For each",
        "type": "string",
        "description": "VARIABLE in NAME: once for each item of a list from a step above.",
    },
    "max_parallel": {
        "title": "At most at once",
        "type": "integer",
        "minimum": 1,
        "description": "How many items of a `for each` may run at the same time.",
    },
    "max_items": {
        "title": "At most in all",
        "type": "integer",
        "default": 1000,
        "minimum": 1,
        "description": "A list with more items for a `for each` is refused.",
    },
    "cache": {
        "title": "Reuse",
        "type": "string",
        "examples": ["true", "false"],
        "default": "true",
        "description": "true, false, or a version: with another version the step runs again.",
    },
    "retries": {
        "title": "Retries",
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "description": "Further attempts after a failure or a crash.",
    },
    "retry_delay_s": {
        "title": "Retry delay (s)",
        "type": "number",
        "default": 0,
        "minimum": 0,
        "description": "Before the first retry; doubles with each.",
    },
    "timeout_s": {
        "title": "Timeout (s)",
        "type": "number",
        "minimum": 0,
        "description": "The attempt is ended after that.",
    },
    "allow_failure": {
        "title": "May fail",
        "type": "boolean",
        "default": False,
        "description": "The run can succeed although this step did not.",
    },
    "env": {
        "title": "Environment",
        "type": "object",
        "properties": {
            "env_vars": {
                "title": "Environment variables",
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Of the step's kernel.",
            },
            "pip": {
                "title": "Packages",
                "type": "array",
                "items": {"type": "string"},
                "description": "Installed by pip for the step, on a cluster elsewhere only.",
            },
            "uv": {
                "title": "Packages, by uv",
                "type": "array",
                "items": {"type": "string"},
                "description": "The same, with uv; one of the two.",
            },
            "image": {
                "title": "Container image",
                "type": "string",
                "description": "That Ray runs the step in, on a cluster elsewhere that can.",
            },
        },
    },
    "resources": {
        "title": "Other resources",
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": 0},
        "description": "Ray's custom resources, by name.",
    },
}
"""In the order of the form."""


def settings_form() -> dict[str, Any]:
    """Return the JSON schema of one step's settings, with those that the compiler knows."""
    known = known_settings()
    described = {name: dict(field) for name, field in FIELDS.items() if name in known}
    plain = {name: {"title": name, "type": "string"} for name in known if name not in FIELDS}
    return {"type": "object", "properties": described | plain}
