"""The settings of a step, in their form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lab import Lab
from notebook_files import code, settings_in, write_notebook
from notebook_page import NotebookPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.timeout(400)


def test_settings_are_typed_judged_by_the_compiler_and_undone(
    lab: Lab, page: Page, artifacts: Path
) -> None:
    file = lab.root / "form.ipynb"
    write_notebook(
        file,
        code("a", "x = 1", "step:load"),
        code("b", "print(x)", "step:train"),
        train={"cpus": 2, "unheard": 1},
    )
    notebook = NotebookPage(page, lab, file.name)
    notebook.open()
    notebook.step_menu("train", "Step Settings…")
    form = notebook.panel.get_by_role("group", name="Settings of step train")
    expect(form.get_by_label("CPUs")).to_be_focused()
    expect(form).to_contain_text(re.compile(r"This machine offers .* Free just now: \d+ CPU"))
    form.get_by_label("CPUs").fill("10000")
    expect(form.get_by_role("alert").filter(has_text="this machine has")).to_be_visible()
    form.get_by_label("CPUs").fill("2")
    expect(form.get_by_role("alert").filter(has_text="this machine has")).to_have_count(0)
    form.get_by_label("Memory").fill("4 bananas")
    expect(form.get_by_role("alert").filter(has_text="must be bytes, or a size")).to_be_visible()
    form.get_by_label("Memory").fill("4GiB")
    form.get_by_label("GPUs").fill("0.5")
    expect(form.get_by_role("alert").filter(has_text="must be")).to_have_count(0)
    form.get_by_role("button", name="Add a variable").click()
    expect(form.locator("input:focus")).to_have_value("")
    page.keyboard.type("OMP_NUM_THREADS")
    form.get_by_label("OMP_NUM_THREADS", exact=True).fill("2")
    form.get_by_label("Reuse", exact=True).select_option("By version")
    expect(form.locator("input:focus")).to_have_value("")
    page.keyboard.type("v2")
    form.get_by_label("load").check()
    expect(notebook.step("train")).to_contain_text("4.3 GB")
    expect(notebook.step("train")).to_contain_text("after load")
    notebook.step("train").screenshot(path=artifacts / "settings.png")
    notebook.save()
    assert settings_in(file)["train"] == {
        "cpus": 2, "unheard": 1, "memory": "4GiB", "gpus": 0.5, "after": ["load"],
        "cache": "v2", "env": {"env_vars": {"OMP_NUM_THREADS": "2"}},
    }  # fmt: skip
    form.get_by_label("CPUs").fill("1")
    form.get_by_label("CPUs").press("Escape")  # closing loses nothing that was typed
    expect(form).to_have_count(0)
    notebook.save()
    assert "cpus" not in settings_in(file)["train"]
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("z")
    notebook.save()
    assert settings_in(file)["train"]["cpus"] == 2
