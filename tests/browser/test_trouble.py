"""What a user sees when something goes wrong, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Locator, Page, expect
from wire import Wire

pytestmark = pytest.mark.timeout(400)

GATE = """
import time
from pathlib import Path
print("waiting", flush=True)
while not Path("{gate}").exists():
    time.sleep(0.05)
print("went on")
"""
WHOLE = "waiting\nwent on\n"


def write(lab: Lab, name: str, *cells: tuple[str, str]) -> str:
    """Write a notebook of (step, source) cells and return its name."""
    made = (code(f"cell-{n}", source, f"step:{step}") for n, (step, source) in enumerate(cells))
    write_notebook(lab.root / name, *made)
    return name


def test_a_failing_cell_is_marked_and_found_from_the_panel(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    name = write(lab, "failing.ipynb", ("load", "x = 0"), ("divide", "y = 1\ny / x"), ("rest", "y"))
    notebook = NotebookPage(page, lab, name)
    notebook.open()
    notebook.run()
    expect(notebook.chips("failed")).to_have_count(1, timeout=RUN_S * 1000)
    expect(notebook.panel.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    output = notebook.cell("y / x").locator(".jp-OutputArea")
    expect(output).to_contain_text("ZeroDivisionError: division by zero")
    expect(notebook.chips("skipped")).to_have_count(1)
    notebook.cell("x = 0").click()
    notebook.panel.get_by_role("button", name="Go to the failed cell").click()
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")).to_contain_text("y / x")
    notebook.shot(artifacts, "7-failed")


def test_a_run_is_cancelled_from_the_panel(lab: Lab, page: Page, artifacts: Path) -> None:
    name = write(lab, "endless.ipynb", ("wait", GATE.format(gate="never")), ("rest", "1"))
    notebook = NotebookPage(page, lab, name)
    notebook.open()
    notebook.run()
    output = notebook.cell("waiting").locator(".jp-OutputArea")
    expect(output).to_contain_text("waiting", timeout=RUN_S * 1000)
    notebook.panel.get_by_role("button", name="Cancel").click()
    expect(notebook.status).to_contain_text("last run cancelled")
    expect(notebook.chips("cancelled").first).to_be_visible()
    notebook.shot(artifacts, "8-cancelled")


def test_a_run_goes_on_when_the_server_is_killed_and_the_page_catches_up(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    name = write(lab, "outlives.ipynb", ("wait", GATE.format(gate="go")), ("rest", "print(6 * 7)"))
    notebook = NotebookPage(page, lab, name)
    notebook.open()
    notebook.run()
    output = notebook.cell("waiting").locator(".jp-OutputArea")
    expect(output).to_contain_text("waiting", timeout=RUN_S * 1000)
    view = run_view(notebook)
    lab.kill()
    (lab.root / "go").touch()
    expect(notebook.status).to_contain_text("No connection")
    expect(view.get_by_role("status")).to_contain_text("No connection")
    notebook.shot(artifacts, "9-server-killed")
    lab.start()
    caught_up(notebook, view)
    notebook.shot(artifacts, "10-caught-up")


def test_a_machine_that_slept_during_a_run_catches_up_exactly(lab: Lab, page: Page) -> None:
    name = write(lab, "slept.ipynb", ("wait", GATE.format(gate="go")), ("rest", "print(6 * 7)"))
    notebook = NotebookPage(page, lab, name)
    with Wire(notebook.address) as wire:
        notebook.open(wire.over(notebook.address))
        notebook.run()
        output = notebook.cell("waiting").locator(".jp-OutputArea")
        expect(output).to_contain_text("waiting", timeout=RUN_S * 1000)
        view = run_view(notebook)
        wire.sleep()
        (lab.root / "go").touch()
        until_over(page, lab.root)
        expect(notebook.chips("running")).to_have_count(1)
        wire.wake()
        page.context.set_offline(True)  # what the browser hears when the lid is opened again
        page.context.set_offline(False)
        caught_up(notebook, view)
        page.close()


def run_view(notebook: NotebookPage) -> Locator:
    """Open the run view beside the notebook's tab."""
    notebook.panel.get_by_role("button", name="Open the run view").press("Enter")
    view = notebook.page.locator(".nbprism-RunPanel:visible")
    expect(view.locator(".jp-OutputArea", has_text="waiting")).to_be_visible()
    return view


def until_over(page: Page, folder: Path) -> None:
    """Wait for the last event of the one run in a folder, which no page can be asked for."""
    for _ in range(RUN_S * 10):
        (log,) = folder.glob(".nbprism/runs/*/events.jsonl")
        if '"run-succeeded"' in log.read_text(encoding="utf-8"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the run does not end")


def caught_up(notebook: NotebookPage, view: Locator) -> None:
    """Expect everything that happened meanwhile, and nothing twice."""
    expect(notebook.chips("succeeded")).to_have_count(2, timeout=RUN_S * 1000)
    output = notebook.cell("waiting").locator(".jp-OutputArea-output")
    expect(output).to_have_text(WHOLE, use_inner_text=False)
    expect(notebook.cell("6 * 7").locator(".jp-OutputArea-output")).to_have_text("42\n")
    expect(view.locator('.nbprism-Node[data-state="succeeded"]')).to_have_count(2)
    expect(view.locator(".jp-OutputArea-output")).to_have_text([WHOLE, "42\n"])
    expect(view.get_by_role("status")).to_have_count(0)


def test_scripts_in_outputs_of_an_earlier_run_do_not_run(lab: Lab, page: Page) -> None:
    attack = "from IPython.display import HTML\nHTML('before<img src=x onerror=\"window.ran = 1\">after')"
    notebook = NotebookPage(page, lab, write(lab, "hostile.ipynb", ("attack", attack)))
    notebook.open()
    notebook.run()
    expect(notebook.chips("succeeded")).to_have_count(1, timeout=RUN_S * 1000)
    page.reload()
    notebook.cell("onerror").get_by_role("button", name="Show output of the run").click()
    expect(notebook.cell("onerror").locator(".jp-OutputArea")).to_contain_text("beforeafter")
    assert page.evaluate("window.ran") is None
