"""What crosses between steps, as the panel learns it from the notebook's own kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def notebook(lab: Lab, page: Page) -> NotebookPage:
    """Open a notebook that passes on a list, and a generator, which cannot be moved."""
    write_notebook(
        lab.root / "crossing.ipynb",
        # What `eval` gives is known to nobody but the kernel.
        code("a", "rows = [[1, 2], [3, 4]]\nlines = eval('(row for row in rows)')", "step:load"),
        code("b", "total = sum(map(sum, rows))\nprint('first is', next(lines))", "step:fit"),
    )
    opened = NotebookPage(page, lab, "crossing.ipynb")
    opened.open()
    expect(opened.step("fit")).to_be_visible()
    return opened


def test_the_graph_marks_the_edge_over_which_something_cannot_go(
    notebook: NotebookPage, artifacts: Path
) -> None:
    notebook.execute("rows = [[1, 2]")
    notebook.panel.get_by_role("button", name="Types from my kernel").click()
    expect(notebook.step("load")).to_contain_text("cannot be moved")
    notebook.panel.get_by_role("button", name="Show the graph").click()
    label = notebook.page.locator(".nbprism-Edge-label")
    expect(label).to_have_text("⚠ lines, rows")
    expect(label).to_have_attribute("title", re.compile("rows in the kernel: list · 2 items"))
    notebook.shot(artifacts, "41-kernel-types-in-the-graph")
