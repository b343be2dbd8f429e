"""What a step's manifest says: as events tell it, and which archives it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def told_outputs(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a manifest as `step-succeeded` and `step-reused` name them."""
    return [_told({"name": name, **entry}) for name, entry in manifest["outputs"].items()]


def _told(output: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: output.get(key) for key in ("name", "type", "bytes", "preview", "head")}
    told |= {key: output[key] for key in ("shape", "dtype", "table", "image") if key in output}
    return {**told, "digest": output.get("archive"), "unsupported": output.get("unsupported")}


def archives(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the digests of the values that other steps may need of a manifest."""
    for kind in ("outputs", "changed"):
        for entry in manifest.get(kind, {}).values():
            if (digest := entry.get("archive")) is not None:
                yield digest
    # Items of a list, for the units of a step that goes over them.
    for items in manifest.get("items", {}).values():
        yield from (e["archive"] for e in items.get("entries", ()) if e.get("archive"))
