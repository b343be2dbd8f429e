"""What a user sees when something goes wrong, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lab import Lab
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)

GATE = """
import time
from pathlib import Path
print("waiting", flush=True)
while not Path("{gate}").exists():
    time.sleep(0.05)
print("went on")
"""


def write(lab: Lab, name: str, *cells: tuple[str, str]) -> str:
    """Write a notebook of (step, source) cells and return its name."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    form = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": [
            {
                "id": f"cell-{number}",
                "cell_type": "code",
                "source": source,
                "metadata": {"tags": [f"step:{step}"]},
                "outputs": [],
                "execution_count": None,
            }
            for number, (step, source) in enumerate(cells)
        ],
    }
    (lab.root / name).write_text(json.dumps(form), encoding="utf-8")
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
    expect(notebook.panel.get_by_role("status")).to_contain_text("last run cancelled")
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
    lab.kill()
    (lab.root / "go").touch()
    expect(notebook.panel.get_by_role("status")).to_contain_text("No connection")
    notebook.shot(artifacts, "9-server-killed")
    lab.start()
    expect(notebook.chips("succeeded")).to_have_count(2, timeout=RUN_S * 1000)
    expect(output).to_contain_text("went on")
    expect(notebook.cell("6 * 7").locator(".jp-OutputArea")).to_contain_text("42")
    notebook.shot(artifacts, "10-caught-up")


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
