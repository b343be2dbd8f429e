"""`nbprism tag`: tags for notebooks that have none, or Kale's."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from nbprism.cli import main

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "examples" / "digits.ipynb"
KALE = ROOT / "tests" / "notebooks" / "kale 0.3.ipynb"


def test_suggested_tags_compile_and_keep_the_models_apart(tmp_path: Path) -> None:
    plain = json.loads(DIGITS.read_text())
    for cell in plain["cells"]:
        cell["metadata"] = {}
    (tmp_path / "plain.ipynb").write_text(json.dumps(plain))
    names = ["plain.ipynb", "tagged.ipynb"]
    source, target = (str(tmp_path / name) for name in names)
    assert CliRunner().invoke(main, ["tag", source, "--suggest", "-o", target]).exit_code == 0
    form = json.loads(CliRunner().invoke(main, ["compile", target, "--json"]).stdout)
    assert [item for item in form["diagnostics"] if item["severity"] == "error"] == []
    sources = {edge["from"] for edge in form["edges"] if edge["to"] == "compare"}
    assert len(sources) == 3


def test_nothing_is_written_without_a_place_to_write_to() -> None:
    before = KALE.read_bytes()
    result = CliRunner().invoke(main, ["tag", str(KALE), "--from-kale"])
    assert result.exit_code == 0
    assert "step:" in result.stdout
    assert KALE.read_bytes() == before


def test_kales_tags_become_ours_and_the_pipeline_stays_the_same(tmp_path: Path) -> None:
    target = str(tmp_path / "ours.ipynb")
    assert CliRunner().invoke(main, ["tag", str(KALE), "--from-kale", "-o", target]).exit_code == 0
    forms = [
        json.loads(CliRunner().invoke(main, ["compile", path, "--json"]).stdout)
        for path in (str(KALE), target)
    ]
    assert "block:" not in Path(target).read_text()
    assert forms[0]["edges"] == forms[1]["edges"]
    assert [s["name"] for s in forms[0]["steps"]] == [s["name"] for s in forms[1]["steps"]]


def test_one_of_the_two_ways_must_be_said() -> None:
    assert CliRunner().invoke(main, ["tag", str(DIGITS)]).exit_code == 2
