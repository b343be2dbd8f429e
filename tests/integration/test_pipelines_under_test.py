"""The pytest plugin, used as those who put their pipelines under CI use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import v4

pytest_plugins = ["pytester"]

USERS_TESTS = """
import pytest
from nbprism.results.errors import RunUnsuccessful

def test_the_sum(prism):
    run = prism.run("sum.ipynb", parameters={"rows": 3})
    assert run.metrics == {"total": 3}
    assert run["load"]["values"] == [0, 1, 2]

def test_a_failure_names_its_step(prism):
    with pytest.raises(RunUnsuccessful, match="step 'total': ZeroDivisionError"):
        prism.run("sum.ipynb", parameters={"rows": 0})
"""


def write_notebook(path: Path) -> None:
    notebook = v4.new_notebook()
    for tag, source in (
        ("parameters", "rows = 10"),
        ("step:load", "values = list(range(rows))"),
        ("step:total", "1 / len(values)\ntotal = sum(values)"),
        ("metrics", "print(total)"),
    ):
        notebook.cells.append(v4.new_code_cell(source, metadata={"tags": [tag]}))
    path.write_text(v4.writes(notebook))


def test_a_users_tests_run_in_a_cluster_and_a_store_of_their_own(pytester: pytest.Pytester) -> None:
    write_notebook(pytester.path / "sum.ipynb")
    pytester.makepyfile(USERS_TESTS)
    pytester.runpytest_subprocess("-p", "no:randomly", timeout=150).assert_outcomes(passed=2)
    assert not (pytester.path / ".nbprism").exists()
