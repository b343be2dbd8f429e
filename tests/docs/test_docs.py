"""The documents are true: what they name exists, and what exists is named."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nbprism.cli import VERBS
from nbprism.compiler.settings.step import StepSettings

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
RECIPE = re.compile(r"^(?:make|`make) ([a-z-]+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_recipes_that_documents_name_exist(page: Path) -> None:
    recipes = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(RECIPE.findall(page.read_text())) <= recipes


def test_verbs_that_the_readme_shows_exist() -> None:
    shown = set(
        re.findall(r"^(?:\$ )?nbprism ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    )
    assert shown
    assert shown <= set(VERBS)


def test_every_step_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert all(f"`{name}`" in page for name in StepSettings().to_json())


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_makefile_says_what_each_recipe_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    undocumented = re.findall(r"^([a-z-]+):(?!.*##)", makefile, re.MULTILINE)
    assert undocumented == []


def test_every_recipe_is_written_once() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert named
    recipes = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    assert sorted(named[1].replace("\\\n", " ").split()) == sorted(recipes)


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    """Without running the notebooks, which the tests of the examples do."""
    command = [sys.executable, "-m", "sphinx", "-q", "--fail-on-warning", "--keep-going"]
    options = ["-D", "nb_execution_mode=off", "-d", tmp_path / "doctrees"]
    built = subprocess.run(
        [*command, *options, ROOT / "docs", tmp_path / "html"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
