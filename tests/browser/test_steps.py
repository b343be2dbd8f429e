"""Editing steps: each edit is seen in the file, and one undo takes it back."""

from __future__ import annotations

import pytest
from lab import Lab
from notebook_files import code, settings_in, tags_in, text, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)

LOADED = [
    ("title", []),
    ("load", ["step:load"]),
    ("more", []),
    ("train", ["step:train", "mine"]),
    ("rest", []),
]


@pytest.fixture
def notebook(lab: Lab, page: Page, request: pytest.FixtureRequest) -> NotebookPage:
    """Open a notebook of two steps, a heading, and settings that name both."""
    name = f"{request.node.name[:40]}.ipynb"
    write_notebook(
        lab.root / name,
        text("title", "# Load"),
        code("load", "x = 1", "step:load"),
        code("more", "x2 = x + 1"),
        code("train", "y = x2", "step:train", "mine"),
        code("rest", "print(y)"),
        load={"cpus": 2},
        train={"after": ["load"]},
    )
    opened = NotebookPage(page, lab, name)
    opened.open()
    expect(opened.step("train")).to_be_visible()
    return opened


def undo(notebook: NotebookPage) -> None:
    """Undo as a user does in command mode, and save."""
    notebook.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
    notebook.page.keyboard.press("z")
    notebook.save()


def accept(notebook: NotebookPage) -> None:
    """Take the name that a dialog proposes, once it is there."""
    expect(notebook.page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    notebook.page.keyboard.press("Enter")


def test_a_rename_reaches_tags_settings_and_after_and_is_one_undo(notebook: NotebookPage) -> None:
    before = settings_in(notebook.file)
    notebook.step_menu("load", "Rename Step…")
    dialog = notebook.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("fetch")
    dialog.get_by_role("button", name="Ok").click()
    expect(notebook.step("fetch")).to_be_visible()
    notebook.save()
    assert dict(tags_in(notebook.file))["load"] == ["step:fetch"]
    assert settings_in(notebook.file) == {"fetch": {"cpus": 2}, "train": {"after": ["fetch"]}}
    undo(notebook)
    assert tags_in(notebook.file) == LOADED
    assert settings_in(notebook.file) == before


def test_a_step_is_split_at_a_cell_from_its_chip_and_merged_again(notebook: NotebookPage) -> None:
    notebook.cell("x2 = x").locator(".nbprism-Chip-label").click()
    notebook.choose("Split Step at This Cell…")
    accept(notebook)
    expect(notebook.step("load_2")).to_be_visible()
    notebook.save()
    assert dict(tags_in(notebook.file))["more"] == ["step:load_2"]
    assert settings_in(notebook.file)["train"] == {"after": ["load", "load_2"]}
    notebook.step_menu("load_2", "Merge into the Step Above")
    expect(notebook.step("load_2")).to_have_count(0)
    notebook.save()
    assert dict(tags_in(notebook.file))["more"] == ["step:load"]
    assert settings_in(notebook.file)["train"] == {"after": ["load"]}


def test_a_step_is_moved_with_its_heading_and_put_back_by_undo(notebook: NotebookPage) -> None:
    notebook.step("train").locator(".nbprism-Step-head").drag_to(
        notebook.step("load"), target_position={"x": 60, "y": 4}
    )
    expect(notebook.steps.get_by_role("listitem").first).to_have_accessible_name("train")
    notebook.save()
    assert [cell for cell, _ in tags_in(notebook.file)] == [
        "train", "rest", "title", "load", "more",
    ]  # fmt: skip
    expect(notebook.page.locator(".nbprism-Chip:visible")).to_have_count(4)
    undo(notebook)
    assert tags_in(notebook.file) == LOADED


def test_a_cell_is_dragged_to_another_step(notebook: NotebookPage) -> None:
    cell = notebook.step("load").get_by_role("button", name="3", exact=True)
    cell.drag_to(notebook.step("train"))
    expect(notebook.cell("x2 = x").locator(".nbprism-Chip-label")).to_have_text("train")
    notebook.save()
    assert dict(tags_in(notebook.file))["more"] == ["step:train"]


def test_a_step_is_removed_with_the_keyboard_alone(notebook: NotebookPage) -> None:
    notebook.step("load").get_by_role("button", name="What to do with step load").focus()
    notebook.page.keyboard.press("Enter")
    expect(notebook.page.locator(".lm-Menu")).to_be_visible()
    notebook.page.keyboard.press("ArrowUp")
    notebook.page.keyboard.press("Enter")
    expect(notebook.step("load")).to_have_count(0)
    notebook.save()
    assert dict(tags_in(notebook.file))["load"] == []
    assert settings_in(notebook.file) == {}


def test_looking_at_a_notebook_does_not_change_it(notebook: NotebookPage) -> None:
    notebook.wait_for_kernel()
    notebook.cell("x = 1").locator(".nbprism-Chip-label").click()
    expect(notebook.page.locator(".lm-Menu")).to_be_visible()
    notebook.page.keyboard.press("Escape")
    notebook.step_menu("train", "Rename Step…")
    accept(notebook)
    expect(notebook.page.get_by_role("dialog")).to_have_count(0)
    expect(notebook.page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
