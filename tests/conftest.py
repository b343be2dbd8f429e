"""How tests are drawn, so that what fails in CI fails here; and what all of them rest on."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

IN_CI = "CI" in os.environ

# Some tests make environments of their own, over a network that may be slow, or away for a moment.
os.environ.setdefault("UV_HTTP_TIMEOUT", "120")
os.environ.setdefault("UV_HTTP_RETRIES", "8")

# Properties are tested without a clock, for the machine may be busy.
settings.register_profile("nbprism", deadline=None, derandomize=IN_CI)
settings.load_profile("nbprism")


@pytest.hookimpl(tryfirst=True)  # before pytest-randomly draws its seed
def pytest_configure(config: pytest.Config) -> None:
    """Let CI run the tests in the same order each time; at home it varies."""
    if IN_CI and config.getoption("randomly_seed", None) == "default":
        config.option.randomly_seed = 1
