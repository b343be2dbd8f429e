"""`nbprism compile` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbformat.v4 import new_code_cell, new_notebook

from nbprism.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write(path: Path, *cells: tuple[str, str], metadata: dict[str, Any] | None = None) -> Path:
    """Write a notebook of (tags separated by blanks, source) cells."""
    notebook = new_notebook(metadata=metadata or {})
    for number, (tags, source) in enumerate(cells):
        cell = new_code_cell(source, metadata={"tags": tags.split()}, id=f"c{number}")
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


def test_the_json_form_is_the_documented_one() -> None:
    result = call("compile", EXAMPLES / "digits.ipynb", "--json")
    form = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {"schema", "pipeline", "parameters", "steps", "edges", "diagnostics"} <= set(form)
    assert form["schema"] == 1
    assert form["parameters"][0] == {"name": "test_share", "type": "float", "default": 0.3}
    step = {"name", "cells", "inputs", "outputs", "parameters", "settings", "fingerprint"}
    assert all(step <= set(item) for item in form["steps"])
    assert all(set(item) == {"from", "to", "names", "reason"} for item in form["edges"])


def test_the_three_models_of_the_digits_example_do_not_wait_for_each_other() -> None:
    form = json.loads(call("compile", EXAMPLES / "digits.ipynb", "--json").stdout)
    waits = {step["name"]: set() for step in form["steps"]}
    for edge in form["edges"]:
        waits[edge["to"]].add(edge["from"])
    assert waits["logistic"] == waits["forest"] == waits["svm"] == {"split"}
    assert waits["compare"] == {"logistic", "forest", "svm"}
    assert waits["report"] >= {"compare"}


def test_the_examples_have_no_findings_at_all() -> None:
    for notebook in sorted(EXAMPLES.glob("*.ipynb")):
        if notebook.stem in {"from_python", "one_cell"}:
            continue  # no pipelines: they run some
        form = json.loads(call("compile", notebook, "--json").stdout)
        assert form["diagnostics"] == [], notebook.name


def test_a_plan_is_written_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert call("compile", EXAMPLES / "digits.ipynb", "-o", tmp_path / name).exit_code == 0
    first = {path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*")}
    assert {Path("plan.json"), Path("units/load.ipynb"), Path("units/report.ipynb")} <= first
    for path in first:
        if (tmp_path / "first" / path).is_file():
            both = [(tmp_path / name / path).read_bytes() for name in ("first", "second")]
            assert both[0] == both[1], path


def test_findings_are_printed_with_their_cell_and_exit_with_one(tmp_path: Path) -> None:
    notebook = write(tmp_path / "nb.ipynb", ("step:load", "data = 1"), ("step:use", "print(dtaa)"))
    result = call("compile", notebook)
    assert result.exit_code == 1
    assert "cell 2" in result.stdout
    assert "dtaa" in result.stdout
    assert "data" in result.stdout


def test_nothing_is_written_for_a_notebook_with_errors(tmp_path: Path) -> None:
    notebook = write(tmp_path / "nb.ipynb", ("step:use", "print(missing)"))
    assert call("compile", notebook, "-o", tmp_path / "out").exit_code == 1
    assert not (tmp_path / "out").exists()


def test_a_setting_can_be_overridden_for_one_call() -> None:
    diabetes = EXAMPLES / "diabetes.ipynb"
    asked, overridden = (
        json.loads(call("compile", diabetes, "--json", *options).stdout)["steps"]
        for options in ((), ("--set", "boost.gpus=0"))
    )
    gpus = [
        {step["name"]: step["settings"]["gpus"] for step in steps} for steps in (asked, overridden)
    ]
    assert gpus[0]["boost"] == 0.25
    assert gpus[1]["boost"] == 0


UNUSABLE = {
    "empty": (b"", "not valid JSON"),
    "text": (b"hello", "not valid JSON"),
    "cut-off": (b'{"cells": [{"cell_type": "co', "not valid JSON"),
    "list": (b"[]", "list"),
    "null": (b"null", "object"),
    "no-cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "cells"),
    "format-2": (b'{"nbformat": 2, "worksheets": []}', "format 2"),
    "format-3": (b'{"nbformat": 3, "worksheets": []}', "format 3"),
    "format-99": (b'{"nbformat": 99, "cells": []}', "99"),
    "latin-1": ('{"cells": "é"}'.encode("latin-1"), "UTF-8"),
    "r-kernel": (
        b'{"nbformat": 4, "nbformat_minor": 5, "cells": [],'
        b' "metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}}',
        "R",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_gives_one_clear_line_and_exit_code_two(name: str, tmp_path: Path) -> None:
    content, word = UNUSABLE[name]
    path = tmp_path / "nb.ipynb"
    path.write_bytes(content)
    for verb in ("compile", "run"):
        result = call(verb, path)
        assert result.exit_code == 2, result.output
        assert len(result.stderr.strip().splitlines()) == 1
        assert "nb.ipynb" in result.stderr
        assert word in result.stderr
        assert "Traceback" not in result.output
    assert [entry.name for entry in tmp_path.iterdir()] == ["nb.ipynb"]


def test_a_missing_file_gives_one_clear_line_and_exit_code_two(tmp_path: Path) -> None:
    result = call("compile", tmp_path / "absent.ipynb")
    assert result.exit_code == 2
    assert "absent.ipynb" in result.stderr


STEP = ("step:train", "x = 1")
WRONG = {
    "two-steps-on-cell": ([("step:a step:b", "x = 1")], {}),
    "unknown-step": ([STEP], {"train": {"after": ["laod"]}}),
    "step-cycle": (
        [("step:a", "x = 1"), ("step:b", "y = 1")],
        {"a": {"after": ["b"]}, "b": {"after": ["a"]}},
    ),
    "step-name-invalid": ([("step:1a", "x = 1")], {}),
    "setting-invalid": ([STEP], {"train": {"gpus": -1}}),
}


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_notebook_is_refused_with_its_code(code: str, tmp_path: Path) -> None:
    cells, steps = WRONG[code]
    notebook = write(
        tmp_path / "nb.ipynb", *cells, metadata={"nbprism": {"schema": 1, "steps": steps}}
    )
    result = call("compile", notebook, "--json")
    findings = json.loads(result.stdout)["diagnostics"]
    assert result.exit_code == 1
    (finding,) = [item for item in findings if item["severity"] == "error"]
    assert finding["code"] == code
    assert finding["hint"]
    refused = call("run", notebook)
    assert refused.exit_code == 2
    assert not (tmp_path / ".nbprism").exists()


def test_memory_of_lots_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    metadata = {"nbprism": {"schema": 1, "steps": {"train": {"memory": "lots"}}}}
    result = call("compile", write(tmp_path / "nb.ipynb", STEP, metadata=metadata))
    assert result.exit_code == 1
    assert "memory" in result.stdout
    assert "lots" in result.stdout


def test_units_of_steps_that_are_no_more_go_with_the_next_compile(tmp_path: Path) -> None:
    for step in ("old", "new"):
        notebook = write(tmp_path / "nb.ipynb", (f"step:{step}", "print(1)"))
        assert call("compile", notebook, "-o", tmp_path / "out").exit_code == 0
    assert [unit.name for unit in (tmp_path / "out" / "units").iterdir()] == ["new.ipynb"]


@pytest.mark.parametrize("override", ["gone.cpus=2", "train.gpu=1", "train=1"])
def test_an_override_of_nothing_is_refused(override: str, tmp_path: Path) -> None:
    result = call("compile", write(tmp_path / "nb.ipynb", STEP), "--set", override)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_override_of_broken_metadata_says_what_to_repair(tmp_path: Path) -> None:
    notebook = write(tmp_path / "nb.ipynb", STEP, metadata={"nbprism": {"steps": {"train": 3}}})
    result = call("compile", notebook, "--set", "train.cpus=2")
    assert result.exit_code == 2
    assert "repair" in result.stderr


def test_a_place_that_cannot_be_written_to_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = call("compile", write(tmp_path / "nb.ipynb", STEP), "-o", tmp_path / "file" / "out")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_cluster_that_is_not_known_is_refused_before_anything_starts(tmp_path: Path) -> None:
    result = call("run", write(tmp_path / "nb.ipynb", STEP), "--cluster", "http://head:8265")
    assert result.exit_code == 2
    assert "http://head:8265" in result.stderr
    assert not (tmp_path / ".nbprism").exists()
