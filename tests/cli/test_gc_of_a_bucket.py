"""`nbprism gc --cluster NAME`: what lies in the bucket of a cluster in the list."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nbprism.cli import main


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """List a cluster with a bucket, for which a folder stands, and one without; give the folder."""
    place = tmp_path / "cloud"
    place.mkdir()
    listed = tmp_path / "clusters.toml"
    listed.write_text(
        f'[farm]\nurl = "http://farm:8265"\nstore = "file://{place}"\n[bare]\nurl = "http://b:8265"\n'
    )
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(listed))
    return place


def gc(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["gc", *arguments])


def test_an_old_value_goes_and_a_young_one_stays(cloud: Path) -> None:
    for name, days in {"ab" * 32: 40, "cd" * 32: 20}.items():
        path = cloud / "artifacts" / name[:2] / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * 500)
        moment = time.time() - days * 86_400
        os.utime(path, times=(moment, moment))
    assert gc("--cluster", "farm", "--dry-run").output == (
        "Would remove 0 runs, 0 results and 1 values: 0.0 MB.\n"
    )
    gone = json.loads(gc("--cluster", "farm", "--json").output)
    assert (gone["artifacts"], gone["bytes"]) == (1, 500)
    assert [path.name for path in cloud.glob("*/*/*")] == ["cd" * 32]
    assert (
        json.loads(gc("--cluster", "farm", "--older-than", "10d", "--json").output)["bytes"] == 500
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cluster", "bare"], "names no bucket as the store of 'bare'"),
        (["--cluster", "farm", "--max-size", "1GB"], "age alone decides"),
        (["--cluster", "nobody"], "There is no cluster 'nobody'"),
    ],
)
def test_what_cannot_be_is_said(cloud: Path, arguments: list[str], said: str) -> None:
    found = gc(*arguments)
    assert found.exit_code == 2
    assert said in found.output
