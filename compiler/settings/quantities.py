"""Amounts as people write them: `0.5`, `"4GiB"`, `"500m"`."""

from __future__ import annotations

import math
import re

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?\s*", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_LEAST_BYTES = 1_000_000
_MOST_BYTES = 10**15
_MOST_AMOUNT = 1_000_000


class QuantityInvalid(ValueError):
    """The value is no such amount; `str(error)` says what it must be."""


def amount(value: object, *, least: float = 0) -> float:
    """Return a number of devices, seconds or the like.

    Raises:
        QuantityInvalid: it is not a finite number in range.
    """
    wanted = f"must be a number from {least:g} to {_MOST_AMOUNT:,}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityInvalid(wanted)
    if not (least <= value <= _MOST_AMOUNT):
        raise QuantityInvalid(wanted)
    return float(value)


def device_share(value: object) -> float:
    """Return a number of GPUs: a fraction below 1, or a whole number.

    Raises:
        QuantityInvalid: it is neither.
    """
    share = amount(value)
    if share > 1 and not share.is_integer():
        raise QuantityInvalid("must be whole above 1 (a fraction below 1 shares one device)")
    return share


def byte_size(value: object) -> int:
    """Return bytes from a number of bytes or a text such as `4GiB`, `4Gi`, `500M` or `1.5 GB`.

    Raises:
        QuantityInvalid: it is no size, or one no step can mean.
    """
    size = value if isinstance(value, int | float) else _size_of(value)
    if isinstance(size, bool) or not math.isfinite(size):
        raise QuantityInvalid(_SIZE_FORM)
    if size < _LEAST_BYTES:
        raise QuantityInvalid(f"is only {size:,.0f} bytes; with a unit it reads '{size:g}GB'")
    if size > _MOST_BYTES:
        raise QuantityInvalid("is more than any machine has")
    return int(size)


_SIZE_FORM = "must be bytes, or a size such as '500M', '4GB' or '4GiB'"


def _size_of(value: object) -> float:
    match = _SIZE.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None  # noqa: PLR2004
    if match is None:
        raise QuantityInvalid(_SIZE_FORM)
    number, prefix, binary = match.groups()
    base = 1024 if binary else 1000
    return float(number) * float(base ** _POWERS[prefix.casefold()])
