"""What a step's manifest says, as events tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def told_outputs(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a manifest as `step-succeeded` and `step-reused` name them."""
    return [_told({"name": name, **entry}) for name, entry in manifest["outputs"].items()]


def _told(output: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: output.get(key) for key in ("name", "type", "bytes", "preview", "head")}
    told |= {key: output[key] for key in ("shape", "dtype", "table", "image") if key in output}
    return {**told, "digest": output.get("archive"), "unsupported": output.get("unsupported")}
