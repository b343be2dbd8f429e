"""What the command says of itself."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from nbprism import __version__
from nbprism.cli import VERBS, main


def test_help_names_every_verb_with_a_whole_sentence_and_imports_none() -> None:
    asked = "import sys; from nbprism.cli import main; sys.argv = ['nbprism', '--help']; main(standalone_mode=False); print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout
    *page, modules = printed.splitlines()
    for name, (_, what) in VERBS.items():
        assert any(line.split() == [name, *what.split()] for line in page)
        assert what.endswith(".")
    assert not {name for name in modules.split() if name.startswith(("nbprism.c", "rich"))} - {
        "nbprism.cli"
    }


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_explains_itself_and_its_options(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert all(option.help for option in options)


def test_the_version_is_the_packages() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).stdout
