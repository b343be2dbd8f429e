"""What the command says of itself."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from nbprism import __version__
from nbprism.cli import main


def test_help_names_every_verb_with_a_sentence() -> None:
    printed = CliRunner().invoke(main, ["--help"]).stdout
    for name, command in main.commands.items():
        assert name in printed
        assert command.get_short_help_str().endswith("."), name


@pytest.mark.parametrize("name", main.commands)
def test_every_verb_explains_itself_and_its_options(name: str) -> None:
    command = main.commands[name]
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert all(option.help for option in options)


def test_the_version_is_the_packages() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).stdout
