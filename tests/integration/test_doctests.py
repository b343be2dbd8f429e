"""The examples in the docstrings of the public API say what happens."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
from nbformat import v4

import nbprism

pytestmark = pytest.mark.usefixtures("cluster")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder with the `train.ipynb` that the examples speak of."""
    notebook = v4.new_notebook()
    for tag, source in (
        ("parameters", "lr = 0.5"),
        ("step:load", "rows = [1, 2, 3]"),
        ("step:train", "model = {'lr': lr}\nassert rows"),
        ("step:report metrics", "print(model)\naccuracy = 1 - lr"),
    ):
        notebook.cells.append(v4.new_code_cell(source, metadata={"tags": tag.split()}))
    folder = tmp_path_factory.mktemp("doctests")
    (folder / "train.ipynb").write_text(v4.writes(notebook))
    return folder


@pytest.fixture(scope="module")
def run(example: Path) -> nbprism.Run:
    """Give the run that the examples call `run`."""
    return nbprism.submit(example / "train.ipynb").wait(90).check()


MODULES = sorted({getattr(nbprism, name).__module__ for name in nbprism.__all__})


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(
    name: str, example: Path, run: nbprism.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(example)
    found = doctest.testmod(
        importlib.import_module(name), extraglobs={"nbprism": nbprism, "run": run}
    )
    assert found.failed == 0


def test_every_public_function_and_class_has_an_example() -> None:
    without = [
        name
        for name in nbprism.__all__
        if not doctest.DocTestFinder(recurse=False).find(getattr(nbprism, name), name)[0].examples
    ]
    assert without == ["Diff", "StepRun"]  # what `diff` and `Run` show
