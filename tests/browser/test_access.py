"""Accessibility: axe-core finds nothing serious in what is ours, in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab import CHECKOUT, Lab
from notebook_files import code, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.timeout(400)

AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
OURS = [
    "#nbprism-panel", ".nbprism-Chip", ".nbprism-Proposal", ".nbprism-Graph",
    ".nbprism-RunPanel:not(.lm-mod-hidden *)", ".nbprism-HistoryPanel:not(.lm-mod-hidden *)",
    ".nbprism-ComparePanel:not(.lm-mod-hidden *)",
]  # fmt: skip
RUN = (
    ("parameters", "rate = 0.5"),
    ("step:load", "x = list(range(1000))\nprint('loaded', len(x))"),
    ("step:train", "score = len(x) / rate\nscore"),
    ("step:train metrics", "accuracy = score"),
)
LONGEST_WAY = 30
NAME = "(document.activeElement.ariaLabel || document.activeElement.innerText).trim()"
WHERE = "document.activeElement.className"
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


def test_nothing_serious_is_found_in_what_runs_left(
    lab: Lab, page: Page, artifacts: Path, request: pytest.FixtureRequest
) -> None:
    file = lab.root / "left.ipynb"
    write_notebook(
        file, *(code(f"c{n}", source, *tags.split()) for n, (tags, source) in enumerate(RUN))
    )
    request.addfinalizer(lambda: lab.use_theme("JupyterLab Light"))
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    for rate, state in (("0.5", "succeeded"), ("0", "failed")):
        notebook.panel.get_by_role("textbox", name="rate").fill(rate)
        notebook.run()
        expect(notebook.status).to_contain_text(f"last run {state}", timeout=RUN_S * 1000)
    for theme in ("Light", "Dark"):
        lab.use_theme(f"JupyterLab {theme}")
        # A workspace without the tabs of before: where there are some, JupyterLab brings the
        # notebook of the address to the front again, at a moment of its own.
        notebook.open(notebook.address.replace("/workspaces/", f"/workspaces/{theme}-"))
        for name, show in VIEWS.items():
            show(notebook)
            notebook.shot(artifacts, f"access-{name}-{theme.lower()}")
            assert serious(page) == [], (name, theme)


def _open(notebook: NotebookPage, name: str) -> None:
    """Press a button of the panel, which is busy again when another tab was in front."""
    expect(notebook.settled).to_be_visible()
    notebook.panel.get_by_role("button", name=name).click()


def _failed(notebook: NotebookPage) -> None:
    _open(notebook, "Open the run view")
    expect(_shown(notebook, "Run").get_by_role("alert")).to_contain_text("ZeroDivisionError")


def _history(notebook: NotebookPage) -> None:
    _open(notebook, "History of runs")
    rows = _shown(notebook, "History").locator("tbody tr")
    expect(rows).to_have_count(2)
    for box in rows.get_by_role("checkbox").all():
        box.click()
        expect(box).to_be_checked()


def _compared(notebook: NotebookPage) -> None:
    _shown(notebook, "History").get_by_role("button", name="Compare").click()
    expect(_shown(notebook, "Compare").locator(".nbprism-SideBySide").first).to_be_visible()


def _succeeded(notebook: NotebookPage) -> None:
    _open(notebook, "History of runs")
    rows = _shown(notebook, "History").locator("tbody tr")
    rows.filter(has_text="succeeded").locator(".nbprism-link").click()
    expect(_shown(notebook, "Run").locator(".react-flow__node")).to_have_count(2)


def _timeline(notebook: NotebookPage) -> None:
    view = _shown(notebook, "Run")
    view.get_by_role("tab", name="Timeline").click()
    view.get_by_role("button", name="load", exact=True).first.click()
    detail = view.get_by_role("region", name="Step load")
    detail.locator("summary").click()
    expect(detail.locator(".nbprism-Value .jp-OutputArea")).to_contain_text("[0, 1, 2")


VIEWS = {
    "failed": _failed,
    "history": _history,
    "compared": _compared,
    "succeeded": _succeeded,
    "timeline": _timeline,
}


def _shown(notebook: NotebookPage, view: str) -> Locator:
    return notebook.page.locator(f".nbprism-{view}Panel:visible")


def test_a_run_is_read_with_the_keyboard_alone(lab: Lab, page: Page) -> None:
    file = lab.root / "read.ipynb"
    write_notebook(
        file, code("a", "x = 1\nprint('one')", "step:load"), code("b", "print(x)", "step:train")
    )
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    notebook.run()
    expect(notebook.chips("succeeded")).to_have_count(2, timeout=RUN_S * 1000)
    notebook.panel.get_by_role("button", name="Open the run view").focus()
    page.keyboard.press("Enter")
    view = _shown(notebook, "Run")
    expect(view.locator(".react-flow__node")).to_have_count(2)
    view.get_by_role("button", name="Run again").focus()
    assert stops(page, until="Step train succeeded") == [
        "Run again", "Open the executed notebook", "Save as HTML", "Pin", "Graph",
        "Step load succeeded", "Step train succeeded",
    ]  # fmt: skip
    page.keyboard.press("Enter")
    detail = view.get_by_role("region", name="Step train")
    expect(detail).to_contain_text("print(x)")

    view.get_by_role("tab", name="Graph").focus()
    page.keyboard.press("ArrowRight")
    expect(view.get_by_role("tab", name="Timeline")).to_be_focused()
    expect(view.get_by_role("tabpanel", name="Timeline")).to_be_visible()
    page.keyboard.press("Tab")
    expect(view.get_by_role("button", name="load", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(view.get_by_role("region", name="Step load")).to_contain_text("print('one')")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert stops(page, until="Go to the cell") == ["← The whole notebook", "Go to the cell"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(view.get_by_role("region", name="Step load")).to_have_count(0)
    # Else the keyboard is thrown out of the view.
    page.wait_for_function(f"{WHERE} === 'nbprism-Run-detail'")
    assert stops(page, until="load")[1:] == ["load"]
    page.keyboard.press("Enter")
    view.get_by_role("region", name="Step load").get_by_role("button").press("Enter")
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")).to_be_visible()


def stops(page: Page, *, until: str) -> list[str]:
    """Return what the Tab key leads to, from where it is to this."""
    found: list[str] = [page.evaluate(NAME)]
    while found[-1] != until and len(found) < LONGEST_WAY:
        page.keyboard.press("Tab")
        found.append(page.evaluate(NAME))
    return found
