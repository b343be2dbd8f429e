"""Findings of the compiler: on the line, in the panel, and their quick fixes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, settings_in, tags_in, text, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)


def test_a_misspelt_name_is_marked_on_its_line_and_fixed_from_there(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    file = lab.root / "misspelt.ipynb"
    write_notebook(file, code("a", "data = 1", "step:a"), code("b", "# use\nprint(dta)", "step:b"))
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    mark = notebook.cell("# use").locator(".cm-lintRange-error")
    expect(mark).to_have_text("print(dta)")
    mark.hover()
    tooltip = page.locator(".cm-tooltip-lint")
    expect(tooltip).to_contain_text("Did you mean `data`?")
    notebook.shot(artifacts, "mark")
    tooltip.get_by_role("button", name='Change to "data"').click()
    expect(notebook.cell("print(data)")).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    expect(notebook.panel.locator(".nbprism-Problem")).to_have_count(0)


def test_a_finding_in_the_panel_leads_to_its_line(lab: Lab, page: Page) -> None:
    file = lab.root / "leads.ipynb"
    filler = (code(f"c{number}", f"x{number} = 1", "step:a") for number in range(30))
    write_notebook(file, *filler, code("b", "# use\n\nprint(nothing)", "step:b"))
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    notebook.panel.get_by_role("button", name="Cell 31, line 3").click()
    expect(notebook.cell("print(nothing)")).to_be_in_viewport()
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")).to_contain_text("# use")


def test_settings_are_fixed_from_the_panel(lab: Lab, page: Page) -> None:
    file = lab.root / "settings.ipynb"
    write_notebook(
        file,
        code("a", "print(1)", "step:load"),
        code("b", "print(2)", "step:train"),
        train={"after": ["laod"], "cpu": 2},
    )
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    notebook.panel.get_by_role("button", name="Change to load").click()
    notebook.panel.get_by_role("button", name="Rename to cpus").click()
    expect(notebook.panel.locator(".nbprism-Problem")).to_have_count(0)
    notebook.save()
    assert settings_in(file) == {"train": {"after": ["load"], "cpus": 2}}


def test_suggested_steps_are_shown_before_they_are_tagged(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    file = lab.root / "plain.ipynb"
    write_notebook(
        file,
        code("i", "import math"),
        text("t1", "# Load"),
        code("a", "x = [math.pi] * 3"),
        text("t2", "# Sum"),
        code("b", "print(sum(x))"),
    )
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    notebook.panel.get_by_role("button", name="Suggest steps…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("x = [math.pi] * 3")
    notebook.shot(artifacts, "suggested")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".nbprism-Chip:visible")).to_have_count(0)
    notebook.panel.get_by_role("button", name="Suggest steps…").click()
    dialog.get_by_role("button", name="Tag the Cells").click()
    expect(notebook.steps.get_by_role("listitem")).to_have_count(2)
    notebook.save()
    tags = dict(tags_in(file))
    assert tags["i"] == ["imports"]
    assert tags["a"][0].startswith("step:")
    assert tags["a"] != tags["b"]
