"""What people do to cells and notebooks with JupyterLab's own means: the panel and chips follow."""

from __future__ import annotations

import pytest
from lab import Lab
from notebook_files import code, tags_in, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def notebook(lab: Lab, page: Page) -> NotebookPage:
    """Open a notebook of two steps."""
    name = "cells.ipynb"
    # There before the file browser looks, which it does every ten seconds only.
    write_notebook(lab.root / "second.ipynb", code("a", "other = 1", "step:other"))
    write_notebook(
        lab.root / name,
        code("a", "x = 1\ny = 2", "step:load"),
        code("b", "z = x + y", "step:sum"),
        code("c", "print(z)"),
    )
    opened = NotebookPage(page, lab, name)
    opened.open()
    expect(opened.step("sum")).to_be_visible()
    return opened


def palette(page: Page, command: str) -> None:
    """Run a command from the palette."""
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill(command)
    page.locator(".lm-CommandPalette-item", has_text=command).first.click()


def labels(place: Locator | Page) -> Locator:
    return place.locator(".nbprism-Chip:visible .nbprism-Chip-label")


def select(notebook: NotebookPage, source: str) -> None:
    """Select a cell in command mode."""
    notebook.cell(source).locator(".jp-InputPrompt").first.click()


def test_a_cell_that_is_split_stays_in_its_step_and_merged_too(notebook: NotebookPage) -> None:
    keyboard = notebook.page.keyboard
    notebook.cell("x = 1").locator(".cm-content").click()
    keyboard.press("Control+Home")
    keyboard.press("ArrowDown")
    keyboard.press("Control+Shift+Minus")
    expect(labels(notebook.page)).to_have_text(["load", "load", "sum", "sum"])
    keyboard.press("Escape")
    select(notebook, "x = 1")
    keyboard.press("Shift+ArrowDown")
    keyboard.press("Shift+M")
    expect(labels(notebook.page)).to_have_text(["load", "sum", "sum"])
    expect(notebook.cell("y = 2")).to_contain_text("x = 1")


def test_a_cell_takes_its_step_along_when_it_is_moved_cut_and_pasted(
    notebook: NotebookPage,
) -> None:
    keyboard = notebook.page.keyboard
    select(notebook, "z = x")
    keyboard.press("Control+Shift+ArrowUp")
    expect(labels(notebook.page)).to_have_text(["sum", "load", "load"])
    expect(notebook.steps.get_by_role("listitem").first).to_have_accessible_name("sum")
    keyboard.press("x")
    expect(notebook.step("sum")).to_have_count(0)
    select(notebook, "print(z)")
    keyboard.press("v")
    expect(labels(notebook.page)).to_have_text(["load", "load", "sum"])
    keyboard.press("v")  # a cell that was cut keeps its id each time
    expect(labels(notebook.page)).to_have_text(["load", "load", "sum", "sum"])
    notebook.save()
    assert [tags for _, tags in tags_in(notebook.file)] == [
        ["step:load"], [], ["step:sum"], ["step:sum"],
    ]  # fmt: skip
    select(notebook, "x = 1")
    keyboard.press("m")
    expect(notebook.step("load")).to_have_count(0)
    keyboard.press("y")
    expect(notebook.steps.get_by_role("listitem").first).to_have_accessible_name("load")


def test_the_chip_of_a_collapsed_cell_can_be_seen(notebook: NotebookPage) -> None:
    select(notebook, "x = 1")
    palette(notebook.page, "Collapse Selected Code")
    expect(notebook.page.locator(".jp-CodeCell .jp-Placeholder")).to_have_count(1)
    expect(labels(notebook.page)).to_have_text(["load", "sum", "sum"])
    notebook.step("load").get_by_role("button", name="1", exact=True).click()
    expect(notebook.page.locator(".jp-CodeCell").first).to_be_in_viewport()


def test_two_views_of_a_notebook_show_the_same_and_undo_as_one(notebook: NotebookPage) -> None:
    page = notebook.page
    page.get_by_role("main").get_by_role("tab", name="cells.ipynb").click(button="right")
    notebook.choose("New View for Notebook")
    views = page.locator(".jp-NotebookPanel")  # side by side
    expect(views).to_have_count(2)
    views.last.locator(".jp-CodeCell").last.locator(".jp-InputPrompt").click()
    notebook.tag("show")
    for view in views.all():
        expect(labels(view)).to_have_text(["load", "sum", "show"])
    views.first.locator(".jp-CodeCell").last.locator(".jp-InputPrompt").click()
    page.keyboard.press("z")
    for view in views.all():
        expect(labels(view)).to_have_text(["load", "sum", "sum"])


def test_the_panel_follows_the_notebook_one_works_with(notebook: NotebookPage) -> None:
    page = notebook.page
    heading = notebook.panel.get_by_role("heading", level=2)
    page.locator(".jp-DirListing-item", has_text="second.ipynb").dblclick()
    expect(heading).to_have_text("second.ipynb")
    expect(notebook.steps.get_by_role("listitem")).to_have_count(1)
    expect(labels(page)).to_have_text(["other"])
    page.get_by_role("tab", name="cells.ipynb").click()
    expect(heading).to_have_text("cells.ipynb")
    expect(notebook.steps.get_by_role("listitem")).to_have_count(2)
