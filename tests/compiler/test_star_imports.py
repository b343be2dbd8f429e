"""Which names a star import binds, found without running anybody's code."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from nbprism.compiler.code.imports import star_names

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


PACKAGES: list[tuple[str, dict[str, str]]] = [
    ("of its parts", {
        "__init__": "from . import core\nfrom .core import *\nfrom .more import *\n__all__ = ['own'] + core.__all__\n"
        "__all__ += more.__all__\nown = 1",
        "core": "__all__ = ['a', 'b']\na = b = c = 1",
        "more": "__all__ = ['d']\nd = e = 1",
    }),
    ("unpacked", {
        "__init__": "from .core import *\nfrom .core import __all__ as theirs\nfrom . import core as k\n"
        "__all__ = [*k.__all__, 'x']\nx = 1",
        "core": "__all__ = ('a',)\na = 1",
    }),
    ("copied", {
        "__init__": "from . import core\nfrom .core import *\n__all__ = core.__all__.copy()",
        "core": "__all__ = ['a']\na = 1",
    }),
    ("without a list", {"__init__": "import math\ndef f(): ...\n_hidden = 1", "core": "a = 1"}),
    ("sorted", {"__init__": "__all__ = sorted(['b', 'a'])\na = b = 1"}),
]  # fmt: skip


@pytest.mark.parametrize("files", [row[1] for row in PACKAGES], ids=[row[0] for row in PACKAGES])
def test_names_put_together_from_parts_are_those_that_the_package_gives(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"starred_{tmp_path.name.strip('_').replace('-', '_')}"
    (tmp_path / name).mkdir()
    for module, source in files.items():
        (tmp_path / name / f"{module}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    found = star_names(name)
    assert name not in sys.modules
    space: dict[str, object] = {}
    exec(f"from {name} import *", space)
    assert set(found or ()) == set(space) - {"__builtins__"}


def test_names_that_a_module_passes_on_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passing_on.py").write_text("from passed_on import *\n_hidden = 1\na = 1")
    (tmp_path / "passed_on.py").write_text("import math\nb = 2")
    monkeypatch.syspath_prepend(tmp_path)
    assert star_names("passing_on") == ("a", "b", "math")


@pytest.mark.parametrize(
    "source",
    [
        "__all__ = [n for n in dir()]",
        "__all__ = ['a']\n__all__.append('b')",
        "__all__ = ['a'] + names()",
        "import gone\n__all__ = gone.__all__",
        "from computed_names import *\na = 1",
    ],
)
def test_names_that_are_computed_are_not_known(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    star_names.cache_clear()
    (tmp_path / "computed_names.py").write_text(f"{source}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert star_names("computed_names") is None
