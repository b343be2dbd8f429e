"""Where else it works: the oldest JupyterLab, and Notebook 7; each with everything but itself ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from environments import layered
from lab import Lab, Notebook7
from leftovers import processes_left
from notebook_files import code, tags_in, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.timeout(600)

OLDEST = "jupyterlab==4.2.*"
"""Said in pyproject.toml and in docs/jupyterlab.md."""


@contextmanager
def running(lab: Lab) -> Iterator[None]:
    """Start it over a notebook of one step and a cell that is none."""
    write_notebook(lab.root / "n.ipynb", code("a", "x = 1", "step:load"), code("b", "print(x + 1)"))
    try:
        lab.start()
        yield
    finally:
        lab.stop()
        lab.stop_cluster()
        assert processes_left(lab.state) == []


def tagged_and_run(notebook: NotebookPage) -> None:
    """Tag the second cell, save, run, and look at what the run left."""
    notebook.cell("print(x + 1)").click()
    notebook.tag("show")
    expect(notebook.step("show")).to_be_visible()
    notebook.save()
    assert tags_in(notebook.file) == [("a", ["step:load"]), ("b", ["step:show"])]
    notebook.run()
    expect(notebook.chips("succeeded")).to_have_count(2, timeout=RUN_S * 1000)
    expect(notebook.cell("print(x + 1)").locator(".jp-OutputArea-output")).to_have_text("2")
    notebook.panel.get_by_role("button", name="Open the run view").press("Enter")
    nodes = notebook.page.locator(".nbprism-RunPanel:visible .nbprism-Node")
    expect(nodes).to_have_count(2)
    notebook.panel.get_by_role("button", name="History of runs").press("Enter")
    rows = notebook.page.locator(".nbprism-HistoryPanel:visible tbody tr")
    expect(rows).to_have_count(1)


def test_the_oldest_jupyterlab(tmp_path: Path, page: Page, artifacts: Path) -> None:
    lab = Lab(tmp_path / "lab", layered(tmp_path / "env", OLDEST))
    with running(lab):
        notebook = NotebookPage(page, lab, "n.ipynb")
        notebook.open()
        tagged_and_run(notebook)
        notebook.shot(artifacts, "oldest")


def test_notebook_7(tmp_path: Path, browser: Browser, artifacts: Path) -> None:
    # Not our own page, which takes no errors: Notebook 7.6 has some itself.
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    lab = Notebook7(tmp_path / "lab", layered(tmp_path / "env", "notebook>=7.6,<8"))
    with running(lab):
        notebook = NotebookPage(page, lab, "n.ipynb")
        page.goto(notebook.address)
        expect(page.locator(".nbprism-Chip:visible")).to_have_count(2)
        page.get_by_role("menuitem", name="View").click()
        page.get_by_text("Right Sidebar").hover()
        page.get_by_text("nbprism: steps and runs").click()
        expect(notebook.panel.locator('.nbprism-Notebook[aria-busy="false"]')).to_be_visible()
        tagged_and_run(notebook)
        notebook.shot(artifacts, "notebook-7")
    context.close()
