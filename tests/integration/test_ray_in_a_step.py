"""Steps that use Ray themselves, on the local cluster that they run on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import until
from nbformat import v4

import nbprism

pytestmark = [pytest.mark.usefixtures("cluster"), pytest.mark.timeout(240)]

JOIN = "import ray\nray.init(log_to_driver=False)\n"
PAGE = Path(__file__).parents[2] / "docs" / "ray-in-a-step.md"
SEVERAL = re.compile(r"^## Several nodes at once\n.*?^```python\n(.*?)^```", re.M | re.S)
GROUPS = f"""{JOIN}
import time
def states():
    return {{group["state"] for group in ray.util.placement_group_table().values()}}
until = time.monotonic() + 60
while states() - {{"REMOVED"}} and time.monotonic() < until:
    time.sleep(0.1)
print(states())
"""
Submit = Callable[[str], nbprism.Run]


@pytest.fixture
def submit(tmp_path: Path) -> Submit:
    """Run code as the one step of a notebook.

    The step itself asks for no CPU, so that its tasks find one on any machine.
    """

    def submit(code: str) -> nbprism.Run:
        notebook = v4.new_notebook()
        notebook.cells.append(v4.new_code_cell(code, metadata={"tags": ["step:only"]}))
        path = tmp_path / "nb.ipynb"
        path.write_text(v4.writes(notebook))
        return nbprism.submit(path, settings={"only": {"cpus": 0}})

    return submit


@pytest.fixture
def text_of(submit: Submit) -> Callable[[str], str]:
    """Return what a step printed that has succeeded."""
    return lambda code: submit(code).wait(200).check().outputs["only"].text


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


ENDINGS = {
    "fails": "raise ValueError",
    "is cancelled": "import time\ntime.sleep(200)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_a_step_reserved_together_is_free_when_it_ends(
    submit: Submit, text_of: Callable[[str], str], ending: str
) -> None:
    example = SEVERAL.findall(PAGE.read_text())[0]
    run = submit(f"{example}\n{ENDINGS[ending]}")
    if ending == "is cancelled":
        assert until(lambda: "[0, 1]" in run.outputs["only"].text, within_s=100)
        run.cancel()
    assert "[0, 1]" in run.wait(100).outputs["only"].text
    assert text_of(GROUPS).endswith("{'REMOVED'}\n")
