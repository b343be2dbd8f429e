"""A notebook as the command line names it: a file, with settings overridden by `--set`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from nbprism.compiler import Notebook, read_notebook, with_settings
from nbprism.compiler.parameter_values import value_of


def open_notebook(path: Path, overrides: Iterable[str] = ()) -> Notebook:
    """Return the notebook at `path`, its step settings changed by `STEP.KEY=VALUE` overrides.

    Raises:
        NotebookUnreadable: the file is not a notebook nbprism can use.
        PlanRejected: it has no such step, or steps have no such setting.
        click.BadParameter: an override is not of that form.
    """
    return with_settings(read_notebook(path), settings_in(overrides))


def settings_in(overrides: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return step -> setting -> value, from `STEP.KEY=VALUE` overrides.

    Raises:
        click.BadParameter: an override is not of that form.
    """
    asked: dict[str, dict[str, Any]] = {}
    for override in overrides:
        step, key, value = _parse(override)
        asked.setdefault(step, {})[key] = value
    return asked


def _parse(override: str) -> tuple[str, str, Any]:
    place, equals, text = override.partition("=")
    step, dot, key = place.partition(".")
    if not (equals and dot and step and key):
        raise click.BadParameter(
            f"{override!r} is not of the form STEP.SETTING=VALUE, as in train.gpus=0."
        )
    return step, key, value_of(text)
