"""Units are ordinary notebooks: plain papermill runs them one after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from written import code, notebook

from nbprism.compiler import compile_notebook, make_plan, write_plan

CELLS = (
    code("import statistics", "imports"),
    code('factor = 2\nword = "it\'s"', "parameters"),
    code("class Model:\n    def __init__(self, mean):\n        self.mean = mean", "functions"),
    code("rows = [1, 2, 3]", "step:load"),
    code("%%time\nmodel = Model(statistics.mean(rows) * factor)", "step:train"),
    code("assert isinstance(model, Model)\nprint(word, model.mean)", "step:report"),
)


def papermill(unit: Path, result: Path, store: Path) -> str:
    """Execute a unit and return what its cells printed."""
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(unit), str(result)]
    environment = os.environ | {"NBPRISM_STORE": str(store), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    outputs = [out for cell in json.loads(result.read_bytes())["cells"] for out in cell["outputs"]]
    return "".join("".join(out.get("text", "")) for out in outputs)


def test_plain_papermill_computes_what_the_notebook_computes(tmp_path: Path) -> None:
    read = notebook(*CELLS)
    plan = make_plan(read, compile_notebook(read), {"factor": 10})
    write_plan(plan, tmp_path)
    shown = [
        papermill(tmp_path / "units" / f"{unit.step}.ipynb", tmp_path / "out.ipynb", tmp_path / "s")
        for unit in plan.units
    ]
    assert shown[-1] == "it's 20\n"
