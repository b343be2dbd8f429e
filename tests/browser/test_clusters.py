"""Where the next run goes: chosen in the panel, remembered by the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)

NOBODY = "http://127.0.0.1:9"
"""An address at which nothing answers."""


def test_a_cluster_is_added_chosen_and_remembered_and_says_when_it_cannot_be_reached(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    write_notebook(lab.root / "where.ipynb", code("a", "x = 1", "step:load"))
    notebook = NotebookPage(page, lab, "where.ipynb")
    notebook.open()
    picker = notebook.panel.get_by_role("combobox", name="Cluster of the next run")
    expect(picker).to_have_value("local")
    offer = notebook.panel.locator(".nbprism-Cluster-offer")
    expect(offer).to_have_text(re.compile(r"^\d+ of \d+ CPUs?.* free$"))

    notebook.panel.get_by_role("button", name="Add a cluster").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text(str(lab.clusters))
    dialog.locator("summary").click()
    expect(dialog).to_contain_text("RAY_AUTH_TOKEN")
    dialog.get_by_label("Name").fill("farm")
    dialog.get_by_label("Address of its head").fill("head")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("must be the address of a Ray head")
    notebook.shot(artifacts, "40-add-cluster")
    dialog.get_by_label("Address of its head").fill(NOBODY)
    dialog.get_by_role("button", name="Add").click()
    expect(picker).to_have_value("farm")
    problem = notebook.panel.get_by_role("alert")
    expect(problem).to_contain_text("127.0.0.1:9")
    notebook.shot(artifacts, "41-unreachable")
    notebook.save()
    assert "farm" not in notebook.file.read_text(encoding="utf-8")

    notebook.open()  # anew: only what the browser keeps is still there
    expect(picker).to_have_value("farm")
    expect(problem).to_contain_text("127.0.0.1:9")
    notebook.panel.get_by_role("button", name="Run", exact=True).click()
    refused = notebook.panel.locator(".nbprism-Trouble")
    expect(refused).to_contain_text("127.0.0.1:9")
    picker.select_option("local")
    expect(problem.filter(has_text="Ask again")).to_have_count(0)
