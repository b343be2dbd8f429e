"""Environment variables that a step reads: their names, and a sealed form of their values.

What libraries read for themselves does not count: most of it says where caches are, and how many
threads there shall be. Neither does a copy of the whole environment, as it is made for a process.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbprism.runner.kernels.environment import PLACED
from nbprism.runner.observed.callers import above, is_users
from nbprism.runner.observed.scope import Scope

OURS: Final = ("NBPRISM_", "RAY_", "JPY_")
"""Beginnings of names that nbprism, Ray and Jupyter set for each kernel."""
_PASSING: Final = ("<frozen os>", "<frozen _collections_abc>", "/os.py", "/_collections_abc.py")
_READERS: Final = (
    "IPython/core/magics", "pydantic_settings", "decouple", "environs", "dynaconf", "dotenv",
)  # fmt: skip
"""Libraries that read variables for the code that calls them."""


class Variables:
    """What the user's code reads of the environment of this process, from now on."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._first = dict(os.environ)
        self._listed: set[str] = set()
        """Names that somebody goes through; reading each of them once belongs to that."""
        self._read: dict[str, None] = {}

    def watch(self) -> None:
        """Begin."""
        kind: Any = type(os.environ)
        get, names = kind.__getitem__, kind.__iter__

        def noted_get(environ: Any, name: Any) -> Any:
            if environ is os.environ and isinstance(name, str):
                self._note(name)
            return get(environ, name)

        def noted_names(environ: Any) -> Iterator[Any]:
            if environ is os.environ:
                self._listed = set(names(environ))
            return iter(list(names(environ)))

        kind.__getitem__, kind.__iter__ = noted_get, noted_names

    def sealed(self) -> dict[str, str | None]:
        """Return each variable that was read with its value, sealed; None if there was none."""
        return {name: _seal(self._first.get(name)) for name in sorted(self._read)}

    def _note(self, name: str) -> None:
        if name in self._listed:
            self._listed.discard(name)
            return
        # What the step has set itself says nothing about the world.
        is_new = name not in self._read and _now(name) == self._first.get(name)
        if is_new and not _is_placed(name) and self._is_wanted():
            self._read[name] = None

    def _is_wanted(self) -> bool:
        for frame in above(sys._getframe(3)):
            place = frame.f_code.co_filename
            if not place.endswith(_PASSING):
                return is_users(frame, self._scope) or any(one in place for one in _READERS)
        return False


def _now(name: str) -> str | None:
    """Return the value without being noted: past the method that was replaced."""
    known: Any = os.environ
    found: bytes | None = known._data.get(os.fsencode(name))
    return None if found is None else os.fsdecode(found)


def differing(read: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of those that have another value now."""
    for name, sealed in read.items():
        value = environ.get(name)
        if (sealed is None) != (value is None) or (sealed and not _fits(sealed, value or "")):
            yield name


def _is_placed(name: str) -> bool:
    return name in PLACED or name.startswith(OURS) or name == "PYTHONPATH"


def _seal(value: str | None) -> str | None:
    """Return what tells whether a value is the same, and not what it is: it may be a password."""
    return None if value is None else _sealed_with(secrets.token_hex(8), value)


def _fits(sealed: str, value: str) -> bool:
    return hmac.compare_digest(sealed, _sealed_with(sealed.partition(":")[0], value))


def _sealed_with(salt: str, value: str) -> str:
    found = hashlib.blake2b(os.fsencode(value), digest_size=16, salt=bytes.fromhex(salt))
    return f"{salt}:{found.hexdigest()}"
