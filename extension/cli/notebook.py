"""A notebook as the command line names it: a file, with settings overridden by `--set`."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from nbprism.compiler import Notebook, StepSettings, compile_notebook, read_notebook


def open_notebook(path: Path, overrides: Iterable[str] = ()) -> Notebook:
    """Return the notebook at `path`, its step settings changed by `STEP.KEY=VALUE` overrides.

    Raises:
        NotebookUnreadable: the file is not a notebook nbprism can use.
        click.BadParameter: an override is not of that form.
    """
    notebook = read_notebook(path)
    changes = [_parse(override) for override in overrides]
    if not changes:
        return notebook
    known = {step.name for step in compile_notebook(notebook).steps}
    raw: dict[str, Any] = copy.deepcopy(dict(notebook.raw))
    for step, key, value in changes:
        if step not in known:
            raise click.BadParameter(f"There is no step '{step}' in {path.name}.")
        if key not in StepSettings().to_json():
            raise click.BadParameter(f"Steps have no setting '{key}'. docs/settings.md lists them.")
        settings_of(raw, step)[key] = value
    return read_notebook(raw, name=notebook.name)


def settings_of(raw: dict[str, Any], step: str) -> dict[str, Any]:
    """Return the settings of a step in a notebook's metadata, made if they are not there.

    Raises:
        click.BadParameter: the metadata is not of that form, so nothing can be put there.
    """
    place: dict[str, Any] = raw["metadata"]
    for key in ("nbprism", "steps", step):
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            raise click.BadParameter(f"Its metadata has no object at '{key}': repair it first.")
        place = inner
    return place


def value_of(text: str) -> Any:
    """Return `text` as the JSON value it spells, or as itself.

    Python's `None`, `True` and `False` are understood too.
    """
    constants = {"None": None, "True": True, "False": False}
    if text in constants:
        return constants[text]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parse(override: str) -> tuple[str, str, Any]:
    place, equals, text = override.partition("=")
    step, dot, key = place.partition(".")
    if not (equals and dot and step and key):
        raise click.BadParameter(
            f"{override!r} is not of the form STEP.SETTING=VALUE, as in train.gpus=0."
        )
    return step, key, value_of(text)
