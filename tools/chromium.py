"""Print the path of a Chromium that the browser tests can drive, installing one if need be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = ("chromium", "fonts-dejavu-core")


def main() -> None:
    """Print a path and exit 0, or say in one line what to do and exit 1."""
    path = _found() or _from_debian() or _from_playwright()
    if path is None:
        sys.exit(
            "The browser tests need Chromium: install it with your package manager, "
            "or run `.venv/bin/playwright install chromium`."
        )
    print(path)


def _found() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _from_debian() -> str | None:
    """Install Debian's Chromium, which only root can."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *APT]
    for command in (["apt-get", "update"], install):
        subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    return _found()


def _from_playwright() -> str | None:
    """Let Playwright bring its own build, where it can reach its download site."""
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(install, stdout=sys.stderr, check=False).returncode:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


if __name__ == "__main__":
    main()
