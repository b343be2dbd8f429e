"""What will run is said before, what is stale as soon as a cell is edited; on a real Ray."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Page, expect

SLEEPS = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.05)"

pytestmark = pytest.mark.timeout(400)


def test_an_edit_makes_its_step_and_those_after_it_stale_until_it_is_taken_back(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    file = lab.root / "stale.ipynb"
    write_notebook(
        file,
        code("a", "x = list(range(3))\nprint(x)", "step:load"),
        code("b", "print('aside')", "step:aside"),
        code("c", "y = [2 * i for i in x]\nprint(y)", "step:double"),
        code("d", "print(sum(y))", "step:total"),
    )
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    said = notebook.panel.locator(".nbprism-Forecast summary")
    expect(said).to_contain_text("all 4 steps run")
    notebook.run()
    expect(notebook.chips("succeeded")).to_have_count(4, timeout=RUN_S * 1000)
    expect(said).to_contain_text("Nothing to run: all 4 steps are reused")

    editor = notebook.cell("2 * i").locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("z = ")
    stale = page.locator(".nbprism-Chip[data-stale='true'] .nbprism-Chip-label")
    expect(stale).to_have_text(["double", "total"])
    expect(said).to_contain_text("2 of 4 steps run, 2 reused")
    expect(notebook.step("double")).to_contain_text("stale: changed: cell 3")
    said.click()
    expect(notebook.panel.get_by_role("list", name="What a run would do")).to_contain_text(
        "changed: cell 3"
    )
    notebook.shot(artifacts, "stale")
    for _ in range(8):
        page.keyboard.press("Control+z")
    expect(notebook.cell("y = [2 * i for i in x]")).to_be_visible()
    expect(stale).to_have_count(0)

    notebook.cell("aside").locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nprint('more')")
    expect(stale).to_have_text(["aside"])
    notebook.panel.get_by_role("button", name="Run", exact=True).click()
    expect(notebook.chips("reused")).to_have_count(3, timeout=RUN_S * 1000)
    expect(notebook.chips("succeeded")).to_have_count(1)
    expect(notebook.cell("print(x)").locator(".jp-OutputArea")).to_contain_text("[0, 1, 2]")
    notebook.shot(artifacts, "reused")


def test_a_second_tab_sees_a_run_as_soon_as_it_is_started(lab: Lab, page: Page) -> None:
    file = lab.root / "two-tabs.ipynb"
    write_notebook(file, code("a", SLEEPS, "step:sleep"))
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    second = page.context.new_page()
    other = NotebookPage(second, lab, file.name)
    other.open()
    page.bring_to_front()
    notebook.run()
    # Long before it looks by itself, which is once a minute, or when it is looked at.
    expect(other.panel.get_by_role("button", name="Cancel")).to_be_visible()
    (lab.root / "go").touch()
    expect(notebook.chips("succeeded")).to_have_count(1, timeout=RUN_S * 1000)
    expect(other.chips("succeeded")).to_have_count(1)
