"""Chips where JupyterLab only renders the cells in view, and where cells are copied and moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)

CELLS = 200


@pytest.fixture
def notebook(lab: Lab, page: Page) -> Iterator[NotebookPage]:
    """Open a long notebook in full windowing mode."""
    file = lab.root / "long.ipynb"
    cells = (
        code(f"c{number}", f"value_{number} = {number}\nvalue_{number}", f"step:s{number // 50}")
        for number in range(CELLS)
    )
    write_notebook(file, *cells)
    lab.set("notebook-extension", "tracker", {"windowingMode": "full"})
    opened = NotebookPage(page, lab, file.name)
    opened.open()
    yield opened
    lab.set("notebook-extension", "tracker", {"windowingMode": "contentVisibility"})


def expect_label(notebook: NotebookPage, number: int, step: str) -> None:
    """Wait until a cell has one visible chip, and it says this."""
    chip = notebook.cell(f"value_{number} =").locator(".nbprism-Chip:visible .nbprism-Chip-label")
    expect(chip).to_have_text([step])


def test_chips_are_right_after_scrolling_there_and_back(notebook: NotebookPage) -> None:
    keyboard = notebook.page.keyboard
    expect_label(notebook, 0, "s0")
    notebook.step("s3").get_by_role("button", name=str(CELLS), exact=True).click()
    expect_label(notebook, CELLS - 1, "s3")
    notebook.step_menu("s0", "Rename Step…")
    notebook.page.get_by_role("dialog").get_by_role("textbox").fill("first")
    keyboard.press("Enter")
    notebook.step("first").get_by_role("button", name="1", exact=True).click()
    expect_label(notebook, 0, "first")
    expect_label(notebook, 1, "first")


def test_a_copied_cell_is_part_of_the_step_as_its_original_is(notebook: NotebookPage) -> None:
    keyboard = notebook.page.keyboard
    notebook.cell("value_0 =").locator(".jp-InputPrompt").click()
    keyboard.press("c")
    keyboard.press("v")
    chips = notebook.cell("value_0 =").locator(".nbprism-Chip:visible .nbprism-Chip-label")
    expect(chips).to_have_text(["s0", "s0"])
    expect(notebook.step("s0").get_by_role("button", name="51", exact=True)).to_be_visible()
    keyboard.press("z")
    expect(chips).to_have_count(1)
