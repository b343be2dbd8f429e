"""The parameter values of one run: the notebook's defaults, and what the user gave instead."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.flow import Parameter
from nbprism.compiler.spelling import did_you_mean, listed

_KINDS: Mapping[str, type] = {
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "list": list,
    "dict": dict,
}
_MAX_DEPTH = 100


def settle_parameters(declared: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every declared parameter, in the notebook's order.

    Raises:
        PlanRejected: a given one is not declared, or its value is of the wrong type.
    """
    names = [parameter.name for parameter in declared]
    for name in given:
        if name not in names:
            raise PlanRejected(_unknown(name, names))
    return {
        parameter.name: _value(parameter, given[parameter.name])
        if parameter.name in given
        else parameter.default
        for parameter in declared
    }


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


def _unknown(name: str, names: list[str]) -> str:
    if not names:
        return f"There is no parameter {name!r}: no cell of the notebook is tagged 'parameters'."
    hint = did_you_mean(name, names) or f"The parameters are {listed(names)}."
    return f"There is no parameter {name!r}. {hint}"


def _value(parameter: Parameter, value: Any) -> Any:
    _check_json(parameter.name, value, 0)
    wanted = _KINDS.get(parameter.type)
    if wanted is None or (value is None and parameter.default is None):
        return value
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return _as_float(parameter.name, value)
    if isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
        return value
    found = "None" if value is None else type(value).__name__
    raise PlanRejected(
        f"The parameter '{parameter.name}' is {_a(parameter.type)}, like its default "
        f"{parameter.default!r}; {value!r:.60} is {_a(found)}."
    )


def _as_float(name: str, value: int) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise PlanRejected(f"The value of the parameter '{name}' is too large.") from error


def _check_json(name: str, value: Any, depth: int) -> None:
    """Refuse what JSON would change without a word: tuples, objects, keys that are no text."""
    if depth > _MAX_DEPTH:
        raise PlanRejected(f"The value of the parameter '{name}' is nested too deeply.")
    if isinstance(value, float) and not math.isfinite(value):
        raise PlanRejected(f"The value of the parameter '{name}' is {value}, which is no number.")
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise PlanRejected(
                    f"The value of the parameter '{name}' has a key {key!r:.40}; keys must be text."
                )
            _check_json(name, item, depth + 1)
    elif type(value) is list:
        for item in value:
            _check_json(name, item, depth + 1)
    elif type(value) not in (str, int, float, bool, type(None)):
        raise PlanRejected(
            f"The value of the parameter '{name}' holds {_a(type(value).__name__)}; it can be "
            "text, a number, true, false, none, a list or an object of these."
        )


def _a(noun: str) -> str:
    if noun == "None":
        return noun
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
