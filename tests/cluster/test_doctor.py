"""`nbprism doctor --cluster` against a real head, and against what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from heads import Head

from nbprism.cli import main

pytestmark = pytest.mark.timeout(600)


def doctor(cluster: str) -> Result:
    return CliRunner().invoke(main, ["doctor", "--cluster", cluster])


def test_a_cluster_that_can_take_runs_is_found_in_order(head: Head) -> None:
    found = doctor(head.url)
    assert found.exit_code == 0, found.output
    assert "BAD" not in found.output
    assert "answers and lets us in: Ray 2.55.1" in found.output
    assert "1 node up: 2 CPUs, 2 GPUs" in found.output
    assert f"The store {head.store} can be written" in found.output


def test_a_wrong_token_is_said(head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 32)
    found = doctor(head.url)
    assert found.exit_code == 1
    assert "refuses us" in found.output
    assert "RAY_AUTH_TOKEN" in found.output


def test_a_store_that_jobs_cannot_write_is_said(
    head: Head, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    listed = tmp_path / "clusters.toml"
    listed.write_text(f'[farm]\nurl = "{head.url}"\nstore = "{tmp_path}/file/store"\n')
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(listed))
    found = doctor("farm")
    assert found.exit_code == 1
    assert "cannot be written" in found.output
    assert "Set `store`" in found.output
