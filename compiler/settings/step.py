"""What a user may ask for a step: resources, retries, limits, order.

Kept in `notebook.metadata.nbprism.steps.NAME`, one place per step. Memory is in bytes here,
whatever unit the notebook used. Nothing asked for is silently ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.fixes import Fix, RemoveSettings, RenameSetting
from nbprism.compiler.settings.conditions import condition
from nbprism.compiler.settings.environments import (
    MADE_BY_RAY,
    READERS,
    KeyUnknown,
    read_environment,
)
from nbprism.compiler.settings.loops import Loop, loop
from nbprism.compiler.settings.quantities import QuantityInvalid, amount, byte_size, device_share
from nbprism.compiler.spelling import did_you_mean, listed, nearest

SCHEMA = 1
"""Version of `notebook.metadata.nbprism`."""

KALE_METADATA = "kale"
"""Where `tag --from-kale` keeps the metadata of a Kale notebook that nbprism has no place for."""


@dataclass(frozen=True, slots=True)
class StepSettings:
    """The checked settings of one step; defaults ask for one CPU and nothing else."""

    after: tuple[str, ...] = ()
    cpus: float = 1.0
    gpus: float = 0.0
    """A fraction below 1 shares a device; above 1 it must be whole."""
    memory: int | None = None
    """Bytes reserved for the step, or None for no reservation."""
    accelerator_type: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    retries: int = 0
    retry_delay_s: float = 0.0
    timeout_s: float | None = None
    allow_failure: bool = False
    cache: bool | str = True
    """Whether it may be taken from an earlier run; a text is a version, and another text a miss."""
    when: str | None = None
    """A Python expression; the step only runs where it is true."""
    foreach: Loop | None = None
    """The list for each of whose items the step runs once."""
    max_parallel: int | None = None
    """How many items may run at a time; None for as many as the cluster has room for."""
    max_items: int = 1000
    env_vars: Mapping[str, str] = field(default_factory=dict)
    pip: tuple[str, ...] = ()
    """Packages that Ray installs for the step with pip, on a cluster elsewhere."""
    uv: tuple[str, ...] = ()
    """Likewise, with uv."""
    conda: str | tuple[str, ...] = ()
    """An environment that the nodes have, or the packages of one that Ray makes."""
    image: str | None = None
    """The container that Ray runs the step in."""

    def to_json(self) -> dict[str, Any]:
        return {
            "after": list(self.after),
            "cpus": self.cpus,
            "gpus": self.gpus,
            "memory": self.memory,
            "accelerator_type": self.accelerator_type,
            "resources": dict(self.resources),
            "retries": self.retries,
            "retry_delay_s": self.retry_delay_s,
            "timeout_s": self.timeout_s,
            "allow_failure": self.allow_failure,
            "cache": self.cache,
            "when": self.when,
            "foreach": None if self.foreach is None else str(self.foreach),
            "max_parallel": self.max_parallel,
            "max_items": self.max_items,
            "env": {
                "env_vars": dict(self.env_vars),
                **{name: _plain(made) for name in MADE_BY_RAY if (made := getattr(self, name))},
            },
        }


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def read_settings(
    metadata: Mapping[str, Any],
) -> tuple[dict[str, StepSettings], list[Diagnostic]]:
    """Return the settings of each step named in a notebook's metadata, and what is wrong there.

    A setting that is wrong has its default in the result; its diagnostic stops the run.
    """
    ours = metadata.get("nbprism", {})
    if not isinstance(ours, dict):
        return {}, [_invalid("`nbprism` in the notebook's metadata must be an object")]
    findings = list(_metadata_findings(ours))
    steps = {} if ours.get("steps") is None else ours["steps"]
    if not isinstance(steps, dict):
        return {}, [*findings, _invalid("`steps` in `nbprism` must be an object")]
    settings = {}
    for step, asked in steps.items():
        settings[step], wrong = _step_settings(step, asked)
        findings.extend(wrong)
    return settings, findings


def settings_from_json(form: Mapping[str, Any]) -> StepSettings:
    """Return the settings whose `to_json` is `form`.

    Raises:
        ValueError: it is not such a form.
    """
    settings, wrong = _step_settings("", form)
    if wrong:
        raise ValueError(wrong[0].message)
    return settings


def known_settings() -> tuple[str, ...]:
    """Return the names of the settings that are honoured."""
    return tuple(_READERS)


def _step_settings(step: str, asked: Any) -> tuple[StepSettings, list[Diagnostic]]:
    if asked is None:
        return StepSettings(), []
    if not isinstance(asked, dict):
        return StepSettings(), [_invalid("the settings must be an object", step)]
    values: dict[str, Any] = {}
    findings: list[Diagnostic] = []
    for key, value in asked.items():
        try:
            values.update(_read(key, value))
        except KeyUnknown as error:
            findings.append(_unknown(step, key, error))
        except QuantityInvalid as error:
            findings.append(_invalid(f"`{key}` {error}, not {_shown(value)}", step, setting=key))
    return StepSettings(**values), findings


def _read(key: str, value: Any) -> dict[str, Any]:
    if key not in _READERS:
        raise KeyUnknown(key)
    if value is None:
        return {}
    if key == "env":
        return read_environment(value)
    return {key: _READERS[key](value)}


def _names(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise QuantityInvalid("must be a list of step names")
    return tuple(dict.fromkeys(names))


def _count(value: Any) -> int:
    most = 100
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise QuantityInvalid(f"must be a whole number from 0 to {most}")
    return value


def _width(value: Any) -> int:
    most = 100_000
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise QuantityInvalid(f"must be a whole number from 1 to {most:,}")
    return value


def _duration(value: Any) -> float:
    seconds = amount(value)
    if seconds == 0:
        raise QuantityInvalid("must be more than 0 seconds")
    return seconds


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise QuantityInvalid("must be true or false")
    return value


def _cache(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value.strip():
        raise QuantityInvalid("must be true, false, or a version in quotes such as '2'")
    words = {"on": True, "off": False}
    return words.get(value.strip().lower(), value.strip())


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise QuantityInvalid("must be text, such as 'A100'")
    return value.strip()


def _resources(value: Any) -> dict[str, float]:
    if not isinstance(value, dict):
        raise QuantityInvalid("must be an object of resource names and amounts")
    for name in value:
        if name.casefold() in ("cpu", "gpu", "memory"):
            raise QuantityInvalid(f"must not hold `{name}`; there is a setting of its own for it")
    try:
        return {name: amount(share) for name, share in value.items()}
    except QuantityInvalid as error:
        raise QuantityInvalid(f"amounts {error}") from error


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "after": _names,
    "cpus": amount,
    "gpus": device_share,
    "memory": byte_size,
    "accelerator_type": _text,
    "resources": _resources,
    "retries": _count,
    "retry_delay_s": amount,
    "timeout_s": _duration,
    "allow_failure": _flag,
    "cache": _cache,
    "when": condition,
    "foreach": loop,
    "max_parallel": _width,
    "max_items": _width,
    "env": read_environment,
}


def _metadata_findings(ours: Mapping[str, Any]) -> Iterator[Diagnostic]:
    schema = ours.get("schema", SCHEMA)
    if isinstance(schema, bool) or not isinstance(schema, int):
        yield _invalid(f"`schema` in `nbprism` must be a whole number, not {_shown(schema)}")
    elif schema > SCHEMA:
        message = f"the settings have version {schema}, newer than this nbprism knows ({SCHEMA})"
        yield _invalid(message, hint="Upgrade nbprism.")
    known = ("schema", "steps", KALE_METADATA)
    for key in ours:
        if key not in known:
            yield Diagnostic(
                "setting-unknown",
                "warning",
                f"`{key}` in the notebook's `nbprism` metadata has no meaning.",
                did_you_mean(key, known) or f"Known are {listed(known)}.",
            )


def _unknown(step: str, key: str, error: KeyUnknown) -> Diagnostic:
    known = tuple(READERS) if key == "env" else tuple(_READERS)
    meant = nearest(key, known)
    return Diagnostic(
        "setting-unknown",
        "warning",
        f"Step `{step}`: there is no setting `{error}`.",
        did_you_mean(str(error), known) or f"Settings are {listed(known)}.",
        step=step,
        setting=key,
        fix=_removal(step, key)
        if meant is None or key == "env"
        else Fix(f"Rename to `{meant}`", RenameSetting(step, key, meant)),
    )


def _removal(step: str, key: str) -> Fix:
    return Fix(f"Remove `{key}`", RemoveSettings(step, key))


def _invalid(
    reason: str, step: str | None = None, hint: str = "", *, setting: str | None = None
) -> Diagnostic:
    place = f"Step `{step}`: " if step is not None else ""
    message = f"{place}{reason}."
    return Diagnostic(
        "setting-invalid",
        "error",
        message[0].upper() + message[1:],
        hint or "Correct it in the step's settings (notebook metadata `nbprism`).",
        step=step,
        setting=setting,
        fix=None if step is None or setting is None else _removal(step, setting),
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004
