"""Steps that use Ray themselves, on the local cluster that they run on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import v4

import nbprism

pytestmark = [pytest.mark.usefixtures("cluster"), pytest.mark.timeout(240)]

JOIN = "import ray\nray.init(log_to_driver=False)\n"


@pytest.fixture
def text_of(tmp_path: Path) -> Callable[[str], str]:
    """Run code as the one step of a notebook, and return what it printed.

    The step itself asks for no CPU, so that its tasks find one on any machine.
    """

    def text_of(code: str) -> str:
        notebook = v4.new_notebook()
        notebook.cells.append(v4.new_code_cell(code, metadata={"tags": ["step:only"]}))
        path = tmp_path / "nb.ipynb"
        path.write_text(v4.writes(notebook))
        run = nbprism.submit(path, settings={"only": {"cpus": 0}}).wait(200).check()
        return run.outputs["only"].text

    return text_of


def test_its_tasks_run_on_the_cluster_that_the_step_runs_on(text_of: Callable[[str], str]) -> None:
    code = f"""{JOIN}
import os
print(ray.get(ray.remote(lambda x: 2 * x).remote(21)), os.environ["RAY_ADDRESS"] == ray.get_runtime_context().gcs_address)
ray.shutdown()"""
    assert text_of(code).split()[-2:] == ["42", "True"]


def test_ray_data_works_from_a_step(text_of: Callable[[str], str]) -> None:
    pytest.importorskip("pandas", reason="Ray Data needs pandas")
    pytest.importorskip("pyarrow", reason="Ray Data needs pyarrow")
    code = f"""{JOIN}
import ray.data
rows = ray.data.range(100).map(lambda row: {{"id": row["id"] * 2}})
print("sum", rows.sum("id"))
ray.shutdown()"""
    assert text_of(code).split()[-2:] == ["sum", "9900"]
