"""A notebook in JupyterLab with the nbprism panel beside it, as a user works with it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from lab import Lab
from playwright.sync_api import Locator, Page, expect

PANEL_TAB = '.jp-SideBar .lm-TabBar-tab[data-id="nbprism-panel"]'
ATTEMPTS = 10
RUN_S = 180
"""Long enough for a first run, which starts Ray, on a busy machine."""
SAVED_MS = 100
SAVES = 600


class NotebookPage:
    """What there is to see and to press."""

    def __init__(self, page: Page, lab: Lab, notebook: str) -> None:
        self.page = page
        self.file = lab.root / notebook
        self.address = lab.page_of(notebook)
        self.panel = page.locator("#nbprism-panel")
        self.status = self.panel.locator(".nbprism-RunBar-status")
        self.settled = self.panel.locator('.nbprism-Notebook[aria-busy="false"]')
        self.steps = self.panel.get_by_role("list", name="Steps of the pipeline")

    def open(self, address: str | None = None) -> None:
        """Open the notebook, and the panel if it is closed."""
        self.page.goto(address or self.address)
        expect(self.page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()
        # Until it is gone, the panel may still be opened because it was open last time.
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)
        if not self.panel.is_visible():
            self.page.locator(PANEL_TAB).click()
        expect(self.panel.get_by_role("heading", name=self.file.name)).to_be_visible()
        # Until then its parts move under the pointer.
        expect(self.settled).to_be_visible()

    def cell(self, source: str) -> Locator:
        """Return the code cell that has this in its source; the page does not say its id."""
        editor = self.page.locator(".cm-content", has_text=source)
        return self.page.locator(".jp-Notebook .jp-CodeCell").filter(has=editor)

    def step(self, name: str) -> Locator:
        """Return the card of a step in the panel."""
        return self.steps.get_by_role("listitem", name=name, exact=True)

    def step_menu(self, step: str, item: str) -> None:
        """Choose something from a step's menu."""
        self.step(step).get_by_role("button", name=f"What to do with step {step}").click()
        self.choose(item)

    def choose(self, item: str) -> None:
        """Choose an item of the menu that is open."""
        # A menu item's accessible name has its shortcut in it.
        label = self.page.locator(".lm-Menu .lm-Menu-itemLabel").get_by_text(item, exact=True)
        label.click()

    def tag(self, name: str) -> None:
        """Tag the selected cells from the panel."""
        box = self.panel.get_by_role("combobox", name="Step name or role for the selected cells")
        box.fill(name)
        self.panel.get_by_role("button", name="Tag", exact=True).click()

    def execute(self, source: str) -> Locator:
        """Run the cell that has this in its source, in the kernel, and return what it displays."""
        cell = self.cell(source)
        prompt = cell.locator(".jp-InputPrompt")
        # What is run before the kernel is connected is not run at all, and nothing on the page says
        # for sure when it is.
        for _ in range(ATTEMPTS):
            cell.locator(".cm-content").click()
            self.wait_for_kernel()
            self.page.keyboard.press("Control+Enter")
            with contextlib.suppress(AssertionError):
                expect(prompt).not_to_have_text("[ ]:", timeout=3_000)
                return cell.locator(".jp-Cell-outputArea")
        raise AssertionError(f"The cell {source!r} is not run.")

    def restart_kernel(self) -> None:
        """Restart the kernel as a user does, and wait until it is there again."""
        self.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
        self.page.keyboard.press("0")
        self.page.keyboard.press("0")
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook's kernel has nothing to do; only the status bar says that."""
        expect(self.page.get_by_role("contentinfo")).to_contain_text("(ipykernel) | Idle")

    def save(self) -> None:
        """Save as a user does, and wait until it is on the disk."""
        before = self.file.stat().st_mtime_ns
        dirty = self.page.locator(".jp-mod-current.jp-mod-dirty")
        for _ in range(SAVES):
            self.page.keyboard.press("Control+s")
            self.page.wait_for_timeout(SAVED_MS)
            if dirty.count() == 0 and self.file.stat().st_mtime_ns != before:
                return
        raise AssertionError("The notebook was not saved.")

    def run(self) -> None:
        """Press Run in the panel, and see that there is a new run; it may be over by then."""
        run = self.panel.locator(".nbprism-LastRun-id")
        before = "".join(run.all_inner_texts())
        self.panel.get_by_role("button", name="Run", exact=True).click()
        expect(run).not_to_have_text(before or "none")

    def chips(self, state: str) -> Locator:
        """Return the chips on the cells that show this state."""
        return self.page.locator(f'.jp-Notebook .nbprism-Chip[data-state="{state}"]')

    def shot(self, folder: Path, name: str) -> None:
        """Keep what the page looks like."""
        self.page.screenshot(path=folder / f"{name}.png")
