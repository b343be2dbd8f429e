"""Accessibility: axe-core finds nothing serious in what is ours, in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab import CHECKOUT, Lab
from notebook_files import code, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(200)

AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
OURS = ["#nbprism-panel", ".nbprism-Chip", ".nbprism-Proposal"]
CHECK = """async ours => {
  const found = await axe.run({ include: ours.filter(s => document.querySelector(s)) });
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.slice(0, 3).map(n => n.html) }));
}"""


def serious(page: Page) -> list[Any]:
    """Return what axe finds serious or critical in our parts of the page."""
    page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(CHECK, OURS)
    return found


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_nothing_serious_is_found(
    lab: Lab, page: Page, artifacts: Path, theme: str, request: pytest.FixtureRequest
) -> None:
    file = lab.root / f"access-{theme}.ipynb"
    write_notebook(
        file,
        code("p", "lr = 0.1", "parameters"),
        code("a", "x = lr\nprint(dta)", "step:load"),
        code("b", "print(x)", "step:train"),
        train={"after": ["laod"], "env": {"env_vars": {"A": "1"}}},
    )
    lab.use_theme(f"JupyterLab {theme}")
    request.addfinalizer(lambda: lab.use_theme("JupyterLab Light"))
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    expect(notebook.panel.locator(".nbprism-Problem")).to_have_count(2)
    notebook.step_menu("train", "Step Settings…")
    expect(notebook.panel.get_by_role("group", name="Settings of step train")).to_be_visible()
    notebook.shot(artifacts, f"access-{theme.lower()}")
    assert serious(page) == []


def test_tagging_needs_no_mouse(lab: Lab, page: Page) -> None:
    file = lab.root / "keys.ipynb"
    write_notebook(file, code("a", "x = 1", "step:load"), code("b", "print(x)"))
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    notebook.cell("print(x)").click()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.get_by_role("dialog").get_by_role("combobox").fill("show")
    page.keyboard.press("Enter")
    expect(notebook.step("show")).to_be_visible()
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect(notebook.steps.get_by_role("listitem").first).to_have_accessible_name("show")
    page.keyboard.press("z")
    expect(notebook.steps.get_by_role("listitem").first).to_have_accessible_name("load")
