"""Chromium in front of a real JupyterLab.

Run apart from `tests/server`: Playwright and pytest-jupyter both want the process's event loop.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import CHECKOUT, Lab
from leftovers import processes_left
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ARTIFACTS = CHECKOUT / "tests" / "artifacts"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
SLOWEST_S = 60
NOBODY_ANSWERS = ("net::ERR_", "closed before receiving a handshake response")

expect.set_options(timeout=SLOWEST_S * 1000)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start a JupyterLab; nothing of it may be left at the end."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()
        lab.stop_cluster()
        left = processes_left(lab.state)
        if left:
            pytest.fail("These processes are left:\n" + "\n".join(left))


@pytest.fixture
def lab(server: Lab, request: pytest.FixtureRequest) -> Lab:
    """Give a test a folder of its own: what it sees must not hang on which tests came before."""
    server.enter(re.sub(r"\W+", "-", request.node.name).strip("-"))
    return server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    path = os.environ.get("NBPRISM_CHROMIUM") or next(filter(None, found), None)
    # A sandbox needs user namespaces, which containers and root do not have.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a window; an error of the extension in its console fails the test."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(SLOWEST_S * 1000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.extend(_fault(error.stack or str(error))))
    page.on("console", lambda said: complaints.extend(_complaint(said)))
    yield page
    context.close()
    assert complaints == []


def _fault(stack: str) -> list[str]:
    # JupyterLab has faults of its own where a server or a kernel goes away under it.
    return [stack] if "/extensions/nbprism/" in stack else []


def _complaint(said: ConsoleMessage) -> list[str]:
    # That nobody answers is the browser's to say, when a test took the server or the network away.
    is_ours = "nbprism" in said.text and not any(words in said.text for words in NOBODY_ANSWERS)
    return [said.text] if said.type == "error" and is_ours else []


@pytest.fixture
def artifacts() -> Path:
    """Return the folder for screenshots, which git ignores."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
