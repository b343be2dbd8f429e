"""The search over parameters that Kale keeps for Katib, in words of `nbprism run --sweep`.

Katib samples the space; a sweep is a grid. Lists of values and ranges with a step are grids
already; of a range without a step its ends and a few values evenly between them are taken.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import count, takewhile
from typing import Any

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import Parameter
from nbprism.compiler.kale.limits import METADATA_KEYS
from nbprism.compiler.settings.step import KALE_METADATA
from nbprism.compiler.spelling import listed

MOST_VALUES = 10
"""Of one parameter: of a longer range steps are wider."""
_EVENLY = 5
"""Values of a range that says no step."""
_LARGEST = 300
"""Decimal places on either side of the point that a float still has."""
_FITTING: Mapping[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,)}


def sweep_findings(
    metadata: Mapping[str, Any], parameters: Sequence[Parameter], notebook: str
) -> Iterator[Diagnostic]:
    """Yield how to try the values that Katib would choose from, if the notebook says any.

    Args:
        metadata: the notebook's, before or after Kale's tags were rewritten.
        parameters: those that the notebook has.
        notebook: its file, as one would type it.
    """
    asked = _katib_parameters(metadata)
    if not asked:
        return
    found = {p.name: _values(asked[p.name], p.type) for p in parameters if p.name in asked}
    grid = {name: values for name, values in found.items() if values}
    left = [f"`{name}`" for name in asked if name not in grid]
    if grid:
        options = " ".join(f"--sweep {shlex.quote(_spelt(*item))}" for item in grid.items())
        runs = math.prod(map(len, grid.values()))
        message = f"Katib's search over {listed(grid)} can be run as a sweep of {runs} runs."
        hint = f"Type `nbprism run {shlex.quote(notebook)} {options}`."
        yield Diagnostic("kale-sweep", "info", message, hint)
    if left:
        message = f"Katib searches over {', '.join(left)}, which no sweep of this notebook can."
        hint = "It takes a parameter of that name, and a range or values of the parameter's type."
        yield Diagnostic("kale-sweep", "info", message, hint)


def _katib_parameters(metadata: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    ours = metadata.get("nbprism")
    kept = ours.get(KALE_METADATA) if isinstance(ours, Mapping) else None
    places = (kept, *(metadata.get(key) for key in METADATA_KEYS))
    kale = next((place for place in places if isinstance(place, Mapping)), {})
    katib = kale.get("katib_metadata")
    parameters = katib.get("parameters") if isinstance(katib, Mapping) else None
    return {
        parameter["name"]: parameter
        for parameter in (parameters if isinstance(parameters, list) else ())
        if isinstance(parameter, Mapping) and isinstance(parameter.get("name"), str)
    }


def _values(asked: Mapping[str, Any], type_name: str) -> list[Any]:
    """Return the values to try, or none if they cannot be read or are of another type."""
    space, kind = asked.get("feasibleSpace"), asked.get("parameterType")
    if not isinstance(space, Mapping):
        return []
    if isinstance(texts := space.get("list"), list):
        values = [str(text) if type_name == "str" else _plain(_number(text)) for text in texts]
    else:
        values = [_plain(number) for number in _range(space, whole=kind == "int")]
    fitting = _FITTING.get(type_name, ())
    return values if all(isinstance(value, fitting) for value in values) else []


def _range(space: Mapping[str, Any], *, whole: bool) -> list[Decimal]:
    low, high, step = (_number(space.get(key)) for key in ("min", "max", "step"))
    if low is None or high is None or low > high:
        return []
    if step is None or step <= 0:
        step = (high - low) / (_EVENLY - 1)
    step = max(step, (high - low) / (MOST_VALUES - 1))
    if whole:
        step = max(step.to_integral_value("ROUND_CEILING"), Decimal(1))
    if not step:
        return [low]
    return list(takewhile(lambda value: value <= high, (low + n * step for n in count())))


def _number(text: Any) -> Decimal | None:
    """Return the number that Katib writes as a text, such as `"0.01"`."""
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LARGEST else None


def _plain(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _spelt(name: str, values: Sequence[Any]) -> str:
    """Return what `--sweep` reads as these values: bare words where they are words."""
    words = all(isinstance(v, str) and v.replace("_", "a").isalnum() for v in values)
    return f"{name}=" + ",".join(values if words else map(json.dumps, values))
