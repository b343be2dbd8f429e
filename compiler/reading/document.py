"""Bytes of a JSON document to its value, strictly.

Refuses what other readers let through and later writers or other readers choke on: repeated keys,
NaN, lone surrogates, absurd nesting. Knows nothing about notebooks; a refusal is a
`DocumentInvalid` whose sentence the caller completes with the name of the file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 200
"""Deepest nesting of lists and objects; real notebooks stay below 20."""

_CONTAINERS = (dict, list)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MAY_BE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class DocumentInvalid(Exception):
    """The bytes are not a JSON document; `str(error)` is the reason, without the file's name."""


def parse_document(data: bytes, *, dumped: bool = False) -> Any:
    """Return the JSON value that `data` spells.

    Args:
        data: the document.
        dumped: whether `dump_document` made it, so that no key is in an object twice.

    Raises:
        DocumentInvalid: it spells none, or one that cannot be written back.
    """
    text = _decode(data)
    try:
        value = json.loads(
            text,
            object_pairs_hook=None if dumped else _object,
            parse_constant=_constant,
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        raise DocumentInvalid(_syntax_reason(error)) from error
    except RecursionError as error:
        raise DocumentInvalid(_too_deep()) from error
    except ValueError as error:
        # CPython refuses to convert integers of more than 4,300 digits.
        raise DocumentInvalid("a number in it is too long") from error
    _check_depth(value)
    if _MAY_BE_SURROGATE.search(text):
        _check_characters(value)
    return value


def dump_document(value: Any) -> bytes:
    """Return `value` as JSON bytes that `parse_document` checks as it checks a file.

    Raises:
        DocumentInvalid: it holds something JSON has no form for, or is nested too deeply.
    """
    try:
        return json.dumps(value).encode("ascii")
    except RecursionError as error:
        raise DocumentInvalid(_too_deep()) from error
    except (TypeError, ValueError) as error:
        raise DocumentInvalid(f"it cannot be written as JSON: {error}") from error


def _decode(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS) or b"\x00" in data[:4]:
        raise DocumentInvalid("it is UTF-16 or binary, not UTF-8 text; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise DocumentInvalid(
            f"it is not UTF-8 text (byte 0x{byte:02X} at position {error.start})"
        ) from error
    if not text.strip():
        raise DocumentInvalid("it is empty, which is not valid JSON. Is it still being saved?")
    return text


def _syntax_reason(error: json.JSONDecodeError) -> str:
    place = f"not valid JSON at line {error.lineno}, column {error.colno}"
    text = error.doc.strip()
    cut_off = text[0] in "{[" and text[-1] not in "}]"
    return f"{place}. It looks cut off; is it still being saved?" if cut_off else place


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in value if keys.count(key) > 1)
        raise DocumentInvalid(f"the key {twice!r} is there twice in one object")
    return value


def _constant(text: str) -> Any:
    raise DocumentInvalid(f"it holds {text}, which is not a JSON number")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DocumentInvalid(f"the number {text[:20]} in it is too large")
    return value


def _too_deep() -> str:
    return f"it is nested too deeply (the limit is {MAX_DEPTH} levels)"


def _check_depth(value: Any) -> None:
    containers = _CONTAINERS  # asked of every value in the document
    level = [value] if isinstance(value, containers) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, containers)
        ]
        if not level:
            return
    raise DocumentInvalid(_too_deep())


def _check_characters(value: Any) -> None:
    for place, text in _texts(value, ""):
        if found := _SURROGATE.search(text):
            code = ord(found.group())
            raise DocumentInvalid(f"invalid character U+{code:04X}{place}")


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield every string in `value`, keys too, with the cell it is in if it is in one."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, place)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield place, key
            if key == "cells" and not place and isinstance(item, list):
                for number, cell in enumerate(item, 1):
                    yield from _texts(cell, f" in cell {number}")
            else:
                yield from _texts(item, place)
