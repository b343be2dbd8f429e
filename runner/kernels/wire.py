"""The JSON of a kernel's messages, made by functions that no cell can reach (`own_json.py`)."""

from __future__ import annotations

from typing import Any

from jupyter_client.jsonutil import json_clean, json_default

from nbprism.runner import own_json

_encode = own_json.JSONEncoder(default=json_default, ensure_ascii=False, allow_nan=False).encode


def pack(content: Any) -> bytes:
    """Return a part of a message as it is sent."""
    try:
        return _bytes(_encode(content))
    except (TypeError, ValueError):
        # As Jupyter does: what is not JSON, as a NaN, is made so.
        return _bytes(_encode(json_clean(content)))


def unpack(data: bytes | str) -> Any:
    """Return what was sent."""
    return own_json.loads(data if isinstance(data, str) else data.decode("utf-8", "replace"))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
