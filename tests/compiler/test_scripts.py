"""Files beside the notebook whose code runs in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from written import code, codes, raw_notebook

from nbprism.compiler import Pipeline, compile_notebook, read_notebook
from nbprism.compiler.compilation import Compiler

HELPERS = "import math\nLIMIT = 3\ndef area(r):\n    return math.pi * r\ndata = [1, 2]\n"


def _beside(folder: Path, *sources: str, tags: Mapping[int, str] | None = None) -> Pipeline:
    tags = tags or {}
    cells = [code(s, tags.get(n, f"step:s{n}")) for n, s in enumerate(sources)]
    return compile_notebook(read_notebook(raw_notebook(*cells), name="n", path=folder / "n.ipynb"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helpers.py").write_text(HELPERS, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("line", ["%run helpers.py", "%run helpers", "%run -i 'helpers.py' a 1"])
def test_a_file_that_is_run_binds_its_names(folder: Path, line: str) -> None:
    pipeline = _beside(folder, line, "data.append(LIMIT)", "print(data, area(1))")
    assert codes(pipeline) == []
    names = {(e.source, e.target): e.names for e in pipeline.edges}
    assert names[("s0", "s1")] == ("LIMIT", "data")
    assert names[("s1", "s2")] == ("data",)
    assert "area" in names[("s0", "s2")]
    assert all(not step.replay for step in pipeline.steps[1:])


def test_a_notebook_that_is_run_binds_its_names(folder: Path) -> None:
    other = read_notebook(raw_notebook(code("%matplotlib inline\nfound = [1]"), code("n = 2")))
    (folder / "other.ipynb").write_bytes(__import__("json").dumps(dict(other.raw)).encode())
    pipeline = _beside(folder, "%run other.ipynb", "print(found, n)")
    assert [edge.names for edge in pipeline.edges] == [("found", "n")]
    assert codes(pipeline) == []


def test_at_setup_level_a_file_is_run_in_every_unit_that_needs_it(folder: Path) -> None:
    pipeline = _beside(folder, "%run helpers.py", "print(area(1))", tags={0: "imports"})
    assert [part.source for part in pipeline.steps[0].replay] == ["%run helpers.py"]


@pytest.mark.parametrize("line", ["%run missing.py", "%run -m helpers", "%run broken.py"])
def test_what_cannot_be_read_says_what_to_do(folder: Path, line: str) -> None:
    (folder / "broken.py").write_text("x = (", encoding="utf-8")
    (found,) = _beside(folder, line, "print(1)").diagnostics
    assert (found.code, found.cell, found.line) == ("opaque-magic", "c0", 1)
    assert "import" in found.hint


def test_a_star_import_of_a_module_beside_the_notebook_is_known(folder: Path) -> None:
    pipeline = _beside(folder, "from helpers import *", "print(area(1), LIMIT)")
    assert codes(pipeline) == []
    assert [part.source for part in pipeline.steps[1].replay] == ["from helpers import *"]


def test_an_edited_file_is_read_again(folder: Path) -> None:
    compiler = Compiler()
    raw = raw_notebook(code("%run helpers.py", "step:a"), code("print(late)", "step:b"))
    path = folder / "n.ipynb"
    before = compiler.compile(compiler.read(raw, name="n", path=path))
    assert "undefined-name" in codes(before)
    (folder / "helpers.py").write_text("late = 1", encoding="utf-8")
    after = compiler.compile(compiler.read(raw, name="n", path=path))
    assert codes(after) == []
