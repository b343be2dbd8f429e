"""Which names a star import binds, found without running anybody's code."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from nbprism.compiler.imports import star_names

LISTED = ["random", "typing", "json", "decimal", "dataclasses", "functools", "os.path", "datetime"]
BUILT_IN = ["math", "cmath", "time", "itertools"]


@pytest.mark.parametrize("module", [*LISTED, *BUILT_IN])
def test_the_names_are_those_that_the_module_gives(module: str) -> None:
    loaded = importlib.import_module(module)
    public = [name for name in dir(loaded) if not name.startswith("_")]
    assert set(star_names(module) or ()) == set(getattr(loaded, "__all__", public))


@pytest.mark.parametrize("module", ["unittest.__main__", "this", "antigravity", "idlelib.idle"])
def test_no_module_is_run_to_know_its_names(module: str) -> None:
    sys.modules.pop(module, None)
    star_names.cache_clear()
    star_names(module)
    assert module not in sys.modules


def test_a_module_beside_the_notebook_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "__all__ = ['one']\n__all__ += ['two']\nraise SystemExit\n"
    (tmp_path / "beside_it.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    assert star_names("beside_it") == ("one", "two")


def test_names_that_are_computed_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "computed_names.py").write_text("__all__ = [n for n in dir()]\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert star_names("computed_names") is None
