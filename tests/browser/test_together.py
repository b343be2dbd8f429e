"""Two people in one notebook, with jupyter-collaboration, on a real Ray."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from environments import layered
from lab import Lab
from leftovers import processes_left
from notebook_files import code, tags_in, write_notebook
from notebook_page import RUN_S, NotebookPage
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.timeout(600)

GATED = """
import sys, time
from pathlib import Path
from IPython.display import HTML, display
for i in range(5):
    print(f'\\rread {i + 1} of 5', end='', flush=True)
    time.sleep(0.1)
print('\\nwaiting', flush=True)
while not Path('go').exists():
    time.sleep(0.05)
x = list(range(5))
for i in x:
    print('row', i, flush=True)
display(HTML('<b>five</b>'))
"""
SAVES = 1200
SHOWN = "read 5 of 5\nwaiting\nrow 0\nrow 1\nrow 2\nrow 3\nrow 4\n"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start a JupyterLab in which people work together; ours has no such thing."""
    folder = tmp_path_factory.mktemp("together")
    python = layered(folder / "env", "jupyterlab>=4.6,<5", "jupyter-collaboration>=5,<6")
    lab = Lab(folder, python)
    lab.set("docmanager-extension", "plugin", {"autosave": True})  # else a room saves nothing
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()
        lab.stop_cluster()
        assert processes_left(lab.state) == []


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """Open the window of somebody else: another browser, as far as JupyterLab can tell."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    yield context.new_page()
    context.close()


def shown_in(file: Path) -> list[list[str]]:
    """Return what the cells show, as it is on the disk."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return [[_shown(output) for output in cell["outputs"]] for cell in cells]


def _shown(output: dict[str, Any]) -> str:
    return "".join(output["text"] if "text" in output else output["data"]["text/html"])


def eventually(page: Page, read: Callable[[], object], expected: object) -> None:
    """Wait until the room has saved this: it saves by itself, a moment after a change."""
    for _ in range(SAVES):
        if read() == expected:
            return
        page.wait_for_timeout(50)
    assert read() == expected


def test_two_people_tag_undo_and_run_one_notebook(
    room: Lab, page: Page, other_page: Page, artifacts: Path
) -> None:
    file = room.root / "shared.ipynb"
    write_notebook(file, code("a", GATED), code("b", "print(sum(x))"))
    mine, theirs = NotebookPage(page, room, file.name), NotebookPage(other_page, room, file.name)
    mine.open()
    theirs.open()

    mine.cell("print(sum").click()
    mine.tag("total")
    expect(theirs.step("total")).to_be_visible()
    theirs.cell("waiting").click()
    theirs.tag("load")
    expect(mine.step("load")).to_be_visible()
    eventually(page, lambda: dict(tags_in(file)), {"a": ["step:load"], "b": ["step:total"]})

    mine.cell("print(sum").locator(".jp-InputPrompt").click()
    page.keyboard.press("z")
    expect(theirs.step("total")).to_have_count(0)
    expect(mine.step("load")).to_be_visible()
    eventually(page, lambda: dict(tags_in(file)), {"a": ["step:load"], "b": []})
    page.keyboard.press("Shift+Z")
    expect(theirs.step("total")).to_be_visible()

    mine.run()
    for notebook in (mine, theirs):
        output = notebook.cell("waiting").locator(".jp-OutputArea")
        expect(output).to_contain_text("waiting", timeout=RUN_S * 1000)
    mine.shot(artifacts, "40-together")
    page.close()  # whoever started it may leave
    (room.root / "go").touch()
    expect(theirs.chips("succeeded")).to_have_count(2, timeout=RUN_S * 1000)
    output = theirs.cell("waiting").locator(".jp-OutputArea-output")
    expect(output).to_have_text([SHOWN.replace("\n", " ").strip(), "five"])
    expect(theirs.cell("print(sum").locator(".jp-OutputArea-output")).to_have_text("10")
    expect(theirs.panel.get_by_role("button", name="Show its outputs")).to_have_count(0)
    theirs.shot(artifacts, "41-together")
    eventually(other_page, lambda: shown_in(file), [[SHOWN, "<b>five</b>"], ["10\n"]])
