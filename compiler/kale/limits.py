"""What Kale's tags and metadata ask for, as our step settings or as a finding that says why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbprism.compiler.diagnostics import Diagnostic, Severity
from nbprism.compiler.spelling import listed

METADATA_KEYS = ("kubeflow_notebook", "kubeflow_noteobok")
"""Where Kale keeps its settings; 0.3 misspelt it."""

_STAYS = "Nothing to do if that is fine; the metadata stays in the notebook."
_CACHE = {"enabled": True, "disabled": False}
_DEVICES = ("nvidia.com/gpu", "amd.com/gpu")


@dataclass(slots=True)
class Wishes:
    """What a step's configuration tags ask for."""

    settings: dict[str, Any] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    """Tags that stay on the cell, since no setting of ours says the same."""
    findings: list[Diagnostic] = field(default_factory=list)


def read_wishes(tags: Iterable[str], step: str | None, cell: str) -> Wishes:
    """Return what configuration tags ask for a step, the first tag of a kind winning."""
    wishes = Wishes()
    for tag in tags:
        kind, _, value = tag.partition(":")
        if kind == "limit" and step is not None:
            _limit(wishes.settings, value)
            continue
        if kind == "cache" and value in _CACHE and step is not None:
            wishes.settings.setdefault("cache", _CACHE[value])
            continue
        wishes.kept.append(tag)
        if note := _TAG_NOTES.get(kind) if step is not None else _ALONE:
            severity, sentence = note
            where = f"Step `{step}`" if step is not None else "A cell"
            message = f"{where} is tagged `{tag:.80}`: {sentence}."
            hint = "Remove the tag if that is fine."
            wishes.findings.append(_finding(severity, message, hint, step, cell))
    return wishes


def default_findings(tags: Iterable[str]) -> Iterator[Diagnostic]:
    """Yield what the tags that every step has ask for and nbprism does not do."""
    for tag in tags:
        if note := _TAG_NOTES.get(tag.partition(":")[0]):
            severity, sentence = note
            message = f"Kale's `steps_defaults` has `{tag:.80}`: {sentence}."
            yield _finding(severity, message, _STAYS)


def default_tags(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags that Kale's `steps_defaults` puts on every step, a list or an object."""
    defaults = metadata.get("steps_defaults")
    if isinstance(defaults, list):
        return tuple(tag for tag in defaults if isinstance(tag, str) and ":" in tag)
    if isinstance(defaults, dict) and isinstance(defaults.get("limits"), dict):
        return tuple(f"limit:{name}:{value}" for name, value in defaults["limits"].items())
    return ()


def metadata_findings(metadata: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield what Kale's notebook metadata asks for and nbprism does not do."""
    for key, sentence in _METADATA_NOTES.items():
        if value := metadata.get(key):
            shown = f" `{value:.60}`" if isinstance(value, str) else ""
            yield _finding("warning", f"Kale's setting `{key}`{shown}: {sentence}.", _STAYS)
    if without := [key for key in metadata if key in _KUBEFLOW_ONLY and metadata[key]]:
        message = f"These settings of Kale mean nothing outside Kubeflow: {listed(without)}."
        yield _finding("info", message, _STAYS)


def _limit(settings: dict[str, Any], value: str) -> None:
    name, _, amount = value.rpartition(":")
    if name in _DEVICES:
        settings.setdefault("gpus", _number(amount))
    elif name == "cpu":
        settings.setdefault("cpus", _number(amount))
    elif name == "memory":
        settings.setdefault("memory", amount)
    else:
        settings.setdefault("resources", {}).setdefault(name, _number(amount))


def _number(text: str) -> float | str:
    """Return a Kubernetes quantity such as `2` or `500m`; what is none is left for the checks."""
    thousandths = text.endswith("m")
    try:
        number = float(text.removesuffix("m"))
    except ValueError:
        return text
    return number / 1000 if thousandths else number


def _finding(
    severity: Severity, message: str, hint: str, step: str | None = None, cell: str | None = None
) -> Diagnostic:
    return Diagnostic("kale-not-honoured", severity, message, hint, step, cell)


_ALONE: tuple[Severity, str] = ("warning", "it belongs to no step, so it asks for nothing")

_TAG_NOTES: Mapping[str, tuple[Severity, str]] = {
    "image": ("warning", "steps run in the cluster's own environment, not in an image"),
    "secret": ("warning", "secrets are not mounted; set the variable where the cluster runs"),
    "notebook": (
        "error",
        "a notebook cannot stand for a step yet; run it as a pipeline of its own",
    ),
    "annotation": ("info", "annotations have no meaning outside Kubernetes"),
    "label": ("info", "labels have no meaning outside Kubernetes"),
    "in": ("warning", "cells that load by hand are not needed; names a step needs are loaded"),
    "out": ("warning", "cells that save by hand are not needed; names that are needed are saved"),
}
"""By kind. There is none for `report`: the executed notebook always is one."""

_METADATA_NOTES: Mapping[str, str] = {
    "docker_image": "steps run in the cluster's own environment, not in an image",
    "base_image": "steps run in the cluster's own environment, not in an image",
    "volumes": "volumes are not mounted; steps see the files of the machine they run on",
    "katib_run": "the search over parameters does not start by itself; the pipeline runs once",
    "timeout": "it is not applied to the run; a step can have `timeout_s`",
}
_KUBEFLOW_ONLY = (
    "experiment",
    "experiment_name",
    "pipeline_name",
    "pipeline_description",
    "storage_class_name",
    "volume_access_mode",
    "autosnapshot",
    "snapshot_volumes",
    "marshal_volume",
    "marshal_path",
    "abs_working_dir",
    "kfp_host",
    "security_context",
    "output_path",
    "enable_caching",
)
