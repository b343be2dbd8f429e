"""The browser that benchmarks measure in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, found as the tests find it: `NBPRISM_CHROMIUM`, or Playwright's own."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=os.environ.get("NBPRISM_CHROMIUM"), args=["--no-sandbox"]
        )
        yield found
        found.close()
