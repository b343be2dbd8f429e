"""Ray Data, Tune and Train in steps: the examples of the documentation, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from heads import Head
from nbformat import v4

import nbprism

pytestmark = pytest.mark.timeout(600)
PAGE = Path(__file__).parents[2] / "docs" / "ray-in-a-step.md"
EXAMPLE = re.compile(r"^## Ray (\w+)\n\n```python\n(.*?)^```", re.M | re.S)


def test_the_examples_of_the_documentation_run_and_show_how_far_they_are(
    head: Head, tmp_path: Path
) -> None:
    examples = {name.lower(): code for name, code in EXAMPLE.findall(PAGE.read_text())}
    assert examples.keys() == {"data", "tune", "train"}
    notebook = v4.new_notebook()
    for name, code in examples.items():
        notebook.cells.append(v4.new_code_cell(code, metadata={"tags": [f"step:{name}"]}))
    path = tmp_path / "nb.ipynb"
    path.write_text(v4.writes(notebook))
    # One after the other: the cluster has two CPUs.
    settings = {
        "data": {"cpus": 0},
        "tune": {"cpus": 0, "after": ["data"]},
        "train": {"cpus": 0, "after": ["tune"]},
    }
    run = nbprism.submit(path, cluster=head.url, settings=settings).wait(300).check()
    assert "total 999000" in run.outputs["data"].text
    assert "best {'x': 3}" in run.outputs["tune"].text
    assert "slope 3.0" in run.outputs["train"].text
    # What the libraries say while they work is there, and not only what the cell printed.
    for step in examples:
        assert len(run.outputs[step].text.splitlines()) > 3, run.outputs[step].text
