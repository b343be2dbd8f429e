"""The environment a step may ask for: variables, and packages, a conda environment or an image.

Packages, conda and images are made by Ray, on a cluster elsewhere; of these a step has one, for Ray
makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nbprism.compiler.settings.quantities import QuantityInvalid
from nbprism.compiler.spelling import listed


class KeyUnknown(ValueError):
    """No setting has that name."""


def read_environment(value: Any) -> dict[str, Any]:
    """Return the settings of a step that `env` gives, by the names of `StepSettings`.

    Raises:
        QuantityInvalid: it makes no sense.
        KeyUnknown: a part of it has no meaning.
    """
    if not isinstance(value, dict):
        raise QuantityInvalid("must be an object such as {'env_vars': {...}}")
    for key in value:
        if key not in READERS:
            raise KeyUnknown(key)
    asked = {key: READERS[key](given) for key, given in value.items() if given}
    made = [key for key in MADE_BY_RAY if key in asked]
    if len(made) > 1:
        raise QuantityInvalid(f"can have one of {listed(made)}; Ray makes no more than that")
    return asked


def _variables(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise QuantityInvalid("needs an object of names and texts in `env_vars`")
    for name, text in value.items():
        _check_variable(name, text)
    return value


def _check_variable(name: str, text: Any) -> None:
    if not name or "=" in name or "\0" in name or name.startswith("NBPRISM_"):
        raise QuantityInvalid(f"cannot set a variable called {name!r}")
    if not isinstance(text, str) or "\0" in text:
        raise QuantityInvalid(f"needs text for the variable `{name}`")


def _packages(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_requirement, value)):
        raise QuantityInvalid("needs lists of packages such as 'torch==2.8'")
    return tuple(text.strip() for text in value)


def _conda(value: Any) -> str | tuple[str, ...]:
    if not isinstance(value, str):
        return _packages(value)
    if not _is_requirement(value):
        raise QuantityInvalid("needs the name of an environment, or a list of packages, in `conda`")
    return value.strip()


def _image(value: Any) -> str:
    if not isinstance(value, str) or not _is_requirement(value) or len(value.split()) != 1:
        raise QuantityInvalid("needs a container image such as 'rayproject/ray:2.55.1' in `image`")
    return value.strip()


def _is_requirement(text: Any) -> bool:
    # An option, such as another index, is the cluster's to give and not the notebook's.
    return isinstance(text, str) and text.strip().isprintable() and text.strip()[:1].isalnum()


READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "env_vars": _variables,
    "pip": _packages,
    "uv": _packages,
    "conda": _conda,
    "image": _image,
}
MADE_BY_RAY: Final = ("pip", "uv", "conda", "image")
