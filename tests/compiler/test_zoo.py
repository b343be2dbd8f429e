"""The notebooks in tests/notebooks, each named after what is special about it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbprism.compiler import (
    NotebookUnreadable,
    Pipeline,
    compile_notebook,
    make_plan,
    read_notebook,
    write_plan,
)

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
FOLDER = ROOT / "tests" / "notebooks"


@dataclass(frozen=True)
class Animal:
    """What a notebook compiles to: its graph as `a>b` pairs, and its findings."""

    name: str
    steps: str
    edges: str = ""
    findings: str = ""


ZOO = [
    Animal(
        "three models side by side",
        "load split mean median middle compare",
        "load>split split>mean split>median split>middle"
        " mean>compare median>compare middle>compare",
    ),
    Animal(
        "changed in place by one branch only",
        "load look tidy report",
        "load>look load>tidy tidy>report",
    ),
    Animal("no tags at all", "notebook"),
    Animal("byte order mark", "notebook"),
    Animal("no cell ids", "notebook", findings="cell-id-missing"),
    Animal("foreign tags and metadata", "notebook"),
    Animal("leading cells that compute", "setup more", "setup>more", "setup-runs-once"),
    Animal("cells of a step apart", "a b c", "a>c b>c"),
    Animal("magics everywhere", "list show", "list>show"),
    Animal("only order joins them", "touch ready", "touch>ready"),
    Animal("after a step below", "late early", "early>late"),
    Animal("settings of every kind", "load train", "load>train"),
    Animal("kale 0.3", "load-data train", "load-data>train", "kale-not-honoured"),
    Animal(
        "kale 2.3",
        "load train metrics",
        "load>train train>metrics",
        "kale-not-honoured kale-step-renamed",
    ),
    Animal("cells of a step around another", "a b", "a>b b>a", "step-cycle"),
    Animal("two steps on a cell", "a", findings="two-steps-on-cell"),
    Animal("after an unknown step", "load show", "load>show", "unknown-step"),
    Animal("steps wait for each other", "a b", "a>b b>a", "step-cycle"),
    Animal("a reserved name", "notebook", findings="step-name-reserved"),
    Animal("an empty name", "notebook", findings="step-name-invalid"),
    Animal("gpus below zero", "a", findings="setting-invalid"),
    Animal("memory in words", "a", findings="setting-invalid"),
    Animal("two environments for a step", "a", findings="setting-invalid"),
    Animal("a cell that does not parse", "a b", findings="cell-syntax"),
    Animal("a name nothing defines", "a b", findings="undefined-name"),
    Animal("no cells", "", findings="nothing-to-run"),
]

REFUSED = {
    "an R kernel": "uses R; only Python kernels run here.",
    "cut off": "looks cut off",
    "latin-1": "not UTF-8",
    "format 3": "has notebook format 3. Open it in JupyterLab and save it once.",
    "not a notebook": "not valid JSON at line 1, column 1",
}

GOOD = [
    *(FOLDER / f"{animal.name}.ipynb" for animal in ZOO if ">" in animal.edges),
    *sorted((ROOT / "examples").glob("*.ipynb")),
]


def edges(pipeline: Pipeline) -> set[str]:
    return {f"{edge.source}>{edge.target}" for edge in pipeline.edges}


@pytest.mark.parametrize("animal", ZOO, ids=lambda animal: animal.name)
def test_a_notebook_of_the_zoo_compiles_to_its_graph(animal: Animal) -> None:
    pipeline = compile_notebook(read_notebook(FOLDER / f"{animal.name}.ipynb"))
    assert [step.name for step in pipeline.steps] == animal.steps.split()
    assert edges(pipeline) == set(animal.edges.split())
    assert {finding.code for finding in pipeline.diagnostics} == set(animal.findings.split())


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_the_zoo_that_is_no_notebook_is_refused(name: str) -> None:
    with pytest.raises(NotebookUnreadable) as caught:
        read_notebook(FOLDER / f"{name}.ipynb")
    assert REFUSED[name] in str(caught.value)


def test_every_notebook_of_the_zoo_is_expected() -> None:
    found = {path.stem for path in FOLDER.glob("*.ipynb")}
    assert found == {animal.name for animal in ZOO} | set(REFUSED)


def digest(notebook: Path, folder: Path) -> str:
    read = read_notebook(notebook)
    pipeline = compile_notebook(read)
    if not pipeline.errors:
        write_plan(make_plan(read, pipeline, {}), folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(content + repr(pipeline.to_json()).encode()).hexdigest()


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_zoo import GOOD, digest
for number, notebook in enumerate(GOOD):
    print(notebook.stem, digest(notebook, Path(sys.argv[2]) / str(number)))
"""


def test_any_process_makes_the_same_bytes_of_the_same_notebook(tmp_path: Path) -> None:
    results = set()
    for seed in ("0", "1", "2"):
        arguments = [sys.executable, "-c", PROGRAM, str(HERE), str(tmp_path / seed)]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(arguments, env=environment, capture_output=True, check=True)
        results.add(done.stdout)
    assert len(results) == 1
    assert len(results.pop().splitlines()) == len(GOOD)
