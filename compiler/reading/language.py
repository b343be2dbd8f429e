"""The language a notebook is written in, as its metadata says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PYTHON = ("python", "ipython", "python3", "python2")
_KERNELS = {
    "ir": "R",
    "julia": "Julia",
    "javascript": "JavaScript",
    "deno": "TypeScript",
    "bash": "Bash",
    "scala": "Scala",
    "almond": "Scala",
    "xcpp": "C++",
    "octave": "Octave",
    "matlab": "MATLAB",
    "rust": "Rust",
    "evcxr": "Rust",
    "gophernotes": "Go",
    "sas": "SAS",
    "sos": "SoS",
    "spark": "Scala",
    "ruby": "Ruby",
}
"""Beginnings of well-known kernel names, for notebooks whose metadata names no language."""


def foreign_language(metadata: Mapping[str, Any]) -> str | None:
    """Return the language's name where it is not Python, and None for Python or no word on it."""
    kernel = metadata.get("kernelspec") or {}
    info = metadata.get("language_info") or {}
    for language in (kernel.get("language"), info.get("name")):
        if isinstance(language, str) and language:
            return None if language.casefold() in _PYTHON else _capital(language)
    name = kernel.get("name")
    return _language_of(name) if isinstance(name, str) else None


def _language_of(kernel: str) -> str | None:
    word = kernel.casefold().split("-")[0].rstrip("0123456789.")
    return _KERNELS.get(word)


def _capital(language: str) -> str:
    shown = language[:40]
    return shown[0].upper() + shown[1:]
