"""Clusters by name, as the command line lists and checks them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from nbprism.cli import main


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clusters.toml"
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(path))
    return path


def test_clusters_are_listed_without_their_secrets(listed: Path) -> None:
    listed.write_text('[farm]\nurl = "http://127.0.0.1:9"\nheaders = { Cookie = "hidden" }')
    printed = CliRunner().invoke(main, ["cluster", "list"]).stdout
    assert printed.split() == [
        "local",
        "the",
        "Ray",
        "of",
        "this",
        "machine",
        "farm",
        "http://127.0.0.1:9",
    ]


def test_who_has_no_list_is_told_where_it_would_be(listed: Path) -> None:
    assert str(listed) in CliRunner().invoke(main, ["cluster", "list"]).stdout


def test_a_cluster_that_does_not_answer_is_said_with_what_to_look_at(listed: Path) -> None:
    listed.write_text('[farm]\nurl = "http://127.0.0.1:9"')
    found = CliRunner().invoke(main, ["doctor", "--cluster", "farm"])
    assert found.exit_code == 1
    assert "BAD  http://127.0.0.1:9 cannot be used" in found.stdout
    assert "Is its head up" in found.stdout
