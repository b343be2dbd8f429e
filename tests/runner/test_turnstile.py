"""Drivers import themselves a few at a time, and none waits for ever."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nbprism.runner import turnstile
from nbprism.runner.locks import held

DRIVER = """
from pathlib import Path
from nbprism.runner.locks import is_held
LANE = Path(__file__).with_name("turnstile-0.lock")
ALONE = is_held(LANE)
def main():
    return 10 * ALONE + is_held(LANE)
"""
"""Returns whether others had to wait while it was imported, and whether they still have to."""


@pytest.fixture
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the one lane of a machine of two CPUs; a driver waits there to be let in."""
    (tmp_path / "a_driver.py").write_text(DRIVER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_driver", raising=False)
    monkeypatch.setattr(sys, "argv", ["turnstile", "a_driver"])
    monkeypatch.setattr(turnstile, "private_folder", lambda: tmp_path)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return tmp_path / "turnstile-0.lock"


@pytest.mark.usefixtures("lane")
def test_others_wait_while_a_driver_imports_itself_and_not_while_it_leads() -> None:
    assert turnstile.main() == 10


def test_a_driver_that_waited_too_long_begins_anyway(
    lane: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_S", 0.0)
    with held(lane):
        assert turnstile.main() == 11
