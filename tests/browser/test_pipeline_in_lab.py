"""The main job in a real browser: tag, run, watch, reload."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from lab import CHECKOUT, Lab
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Page, expect

NOTEBOOK = "digits.ipynb"
STEPS = ["load", "look", "split", "logistic", "forest", "svm", "compare", "report"]
PLOTTED = "load-look"
LOADED = "1797 images of 8 x 8 pixels"
OFFER = re.compile(r"Show its outputs in \d+ cells")
SUCCEEDING_CELLS = 11
"""Cells of steps; imports, functions and parameters have no state."""

pytestmark = pytest.mark.timeout(400)


def cells_of(file: Path) -> dict[str, Any]:
    return {cell["id"]: cell for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]}


def test_a_notebook_is_tagged_run_and_found_finished_after_a_reload(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    shutil.copy(CHECKOUT / "examples" / NOTEBOOK, lab.root)
    notebook = NotebookPage(page, lab, NOTEBOOK)
    notebook.open()
    steps = notebook.panel.get_by_role("list", name="Steps of the pipeline")
    expect(steps.get_by_role("listitem")).to_have_count(len(STEPS) - 1)
    notebook.shot(artifacts, "1-opened")

    notebook.cell("fig, axes = plt.subplots").click()
    notebook.tag("look")
    expect(steps.get_by_role("listitem")).to_have_count(len(STEPS))
    expect(page.locator(".nbprism-Chip-label", has_text="look")).to_be_visible()
    notebook.save()
    assert cells_of(notebook.file)[PLOTTED]["metadata"]["tags"] == ["step:look"]
    notebook.shot(artifacts, "2-tagged")

    notebook.run()
    expect(notebook.chips("running").first).to_be_visible(timeout=RUN_S * 1000)
    notebook.shot(artifacts, "3-running")
    expect(notebook.panel.get_by_role("button", name="Run", exact=True)).to_be_visible(
        timeout=RUN_S * 1000
    )
    check_finished(notebook)
    expect(page.locator(".jp-OutputArea", has_text=LOADED)).to_be_visible()
    notebook.shot(artifacts, "4-finished")
    plot = page.locator(".jp-OutputArea img").last
    plot.scroll_into_view_if_needed()
    expect(plot).to_be_in_viewport()
    notebook.shot(artifacts, "5-finished-end")

    page.reload()
    expect(notebook.panel).to_be_visible()
    check_finished(notebook)
    # The reload lost the outputs that were not saved; they are offered, not forced.
    notebook.panel.get_by_role("button", name=OFFER).click()
    expect(page.locator(".jp-OutputArea", has_text=LOADED)).to_be_visible()
    expect(page.locator(".jp-OutputArea", has_text="Best: support vectors")).to_be_attached()
    notebook.shot(artifacts, "6-reloaded")


def check_finished(notebook: NotebookPage) -> None:
    """Expect the chips and the panel to say how the run went."""
    expect(notebook.chips("running")).to_have_count(0)
    expect(notebook.chips("failed")).to_have_count(0)
    expect(notebook.chips("succeeded")).to_have_count(SUCCEEDING_CELLS)
    expect(notebook.panel.get_by_role("row", name="best_accuracy")).to_contain_text("0.9")
    expect(notebook.panel.get_by_role("row", name="best_model")).to_be_visible()
