"""How tests are drawn: CI takes the same each time, so that what fails there fails here."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

IN_CI = "CI" in os.environ

# Properties are tested without a clock, for the machine may be busy.
settings.register_profile("nbprism", deadline=None, derandomize=IN_CI)
settings.load_profile("nbprism")


@pytest.hookimpl(tryfirst=True)  # before pytest-randomly draws its seed
def pytest_configure(config: pytest.Config) -> None:
    """Let CI run the tests in the same order each time; at home it varies."""
    if IN_CI and config.getoption("randomly_seed", None) == "default":
        config.option.randomly_seed = 1
