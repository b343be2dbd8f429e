"""The names users import, and that importing nbprism stays cheap."""

from __future__ import annotations

import subprocess
import sys

import nbprism


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in nbprism.__all__:
        assert getattr(nbprism, name).__doc__, name


def test_public_names_are_sorted() -> None:
    assert nbprism.__all__ == sorted(nbprism.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(nbprism, "no_such_thing")


def test_importing_nbprism_imports_neither_ray_nor_a_server() -> None:
    code = (
        "import nbprism, sys; print([m for m in ('ray', 'tornado', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
