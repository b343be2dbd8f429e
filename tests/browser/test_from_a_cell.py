"""A run that is started and shown by a cell of a notebook, in JupyterLab."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Locator, Page, expect

from nbprism.runner.errors import RunConflict
from nbprism.runner.store import Store

pytestmark = pytest.mark.timeout(400)

SHOWN = "import nbprism\nrun = nbprism.submit('slow.ipynb').show()"


@pytest.fixture
def notebook(lab: Lab, page: Page) -> Iterator[NotebookPage]:
    """Open a notebook beside one whose second step takes longer than any test."""
    write_notebook(
        lab.root / "slow.ipynb",
        code("a", "print('loaded')\nrows = [1, 2]", "step:load"),
        code("b", "import time\ntime.sleep(600)\nmodel = rows", "step:train"),
    )
    write_notebook(lab.root / "shows.ipynb", code("show", SHOWN))
    notebook = NotebookPage(page, lab, "shows.ipynb")
    notebook.open()
    yield notebook
    for run in Store.beside(lab.root / "slow.ipynb").runs():
        with contextlib.suppress(RunConflict):  # it has ended
            run.request_cancel()


def htmls(file: Path) -> str:
    """Return the HTML that the saved notebook has as outputs."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return "".join(part for output in outputs for part in output["data"].get("text/html", ()))


def test_a_run_is_shown_live_cancelled_from_its_view_and_kept_as_html(
    notebook: NotebookPage, artifacts: Path
) -> None:
    shown = notebook.execute("nbprism.submit")
    expect(shown.get_by_role("row", name="train")).to_contain_text("running", timeout=RUN_S * 1000)
    expect(shown.get_by_role("row", name="load")).to_contain_text("succeeded")
    shown.get_by_role("button", name="Log").click()
    expect(shown).to_contain_text("[load] loaded")
    notebook.shot(artifacts, "30-live-view")

    shown.get_by_role("button", name="Cancel").click()
    expect(shown.get_by_role("row", name="train")).to_contain_text("cancelled")
    expect(shown.get_by_role("button", name="Cancel")).to_have_count(0)
    notebook.shot(artifacts, "31-live-view-ended")
    notebook.save()
    assert "cancelled" in htmls(notebook.file)


def test_a_live_view_outlives_its_kernel_as_html_and_is_live_again(
    notebook: NotebookPage, artifacts: Path
) -> None:
    shown = notebook.execute("nbprism.submit")
    expect(shown.get_by_role("row", name="train")).to_contain_text("running", timeout=RUN_S * 1000)
    notebook.save()
    notebook.restart_kernel()
    notebook.page.reload()
    saved = notebook.cell("nbprism.submit").locator(".jp-Cell-outputArea")
    # What was saved: as it stood then, and how to see it live again.
    expect(saved.get_by_role("row", name="train")).to_contain_text("running")
    expect(saved).to_contain_text("nbprism.Run.find(")
    notebook.shot(artifacts, "33-live-view-saved")

    again = notebook.execute("nbprism.submit")
    expect(again.get_by_role("button", name="Cancel")).to_be_visible(timeout=RUN_S * 1000)
    expect(again.get_by_role("row", name="load").first).to_contain_text(
        "reused", timeout=RUN_S * 1000
    )
    # A page that is loaded again while the kernel lives has the widget, to its end.
    notebook.save()
    notebook.page.reload()
    again.get_by_role("button", name="Cancel").click()
    expect(again.get_by_role("row", name="train")).to_contain_text("cancelled")


def elsewhere(notebook: NotebookPage, source: str) -> Locator:
    """Run a cell on the cluster from its menu, and return its output."""
    cell = notebook.cell(source)
    cell.locator(".jp-InputPrompt").click(button="right")
    notebook.choose("Run Cell on the Cluster with My Variables")
    return cell.locator(".jp-OutputArea-output")


def test_a_cell_runs_on_the_cluster_with_the_kernels_values(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    write_notebook(
        lab.root / "mine.ipynb",
        code("rows", "rows = [1, 2, 3]\nprint('rows', len(rows))"),
        code("sum", "import os\ntotal = sum(rows)\nprint('total', total)", "step:total"),
        code("bar", "import ipywidgets\ndisplay(ipywidgets.FloatProgress(total, max=6))"),
        total={"cpus": 1},
    )
    notebook = NotebookPage(page, lab, "mine.ipynb")
    notebook.open()
    # What a cell binds there is in the kernel here, and so goes to the next one.
    expect(elsewhere(notebook, "rows = [1")).to_have_text("rows 3", timeout=60_000)
    expect(elsewhere(notebook, "total = sum")).to_have_text("total 6", timeout=60_000)
    moved = elsewhere(notebook, "FloatProgress(").locator(".progress-bar")
    expect(moved).to_have_attribute("style", re.compile("width: 100%"), timeout=60_000)
    notebook.shot(artifacts, "32-cell-elsewhere")
    notebook.save()
    cell = json.loads(notebook.file.read_text(encoding="utf-8"))["cells"][1]
    assert "".join(cell["source"]).startswith("import os")
    assert cell["execution_count"] is not None
