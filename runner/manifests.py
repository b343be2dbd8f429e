"""What a step's manifest says: as events tell it, and which archives it needs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner import layout, own_json

_DIGEST: Final = re.compile(rb'"([0-9a-f]{64})"')


def read(manifest: Path) -> dict[str, Any]:
    """Return what a manifest says."""
    found: dict[str, Any] = own_json.loads(manifest.read_text(encoding="utf-8"))
    return found


def digests_in(manifest: bytes) -> set[str]:
    """Return all digests that a manifest names, whatever it names them for."""
    return {digest.decode() for digest in _DIGEST.findall(manifest)}


def told_outputs(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a manifest as `step-succeeded` and `step-reused` name them."""
    return [_told({"name": name, **entry}) for name, entry in manifest["outputs"].items()]


def _told(output: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: output.get(key) for key in ("name", "type", "bytes", "preview", "head")}
    told |= {key: output[key] for key in ("shape", "dtype", "table", "image") if key in output}
    return {**told, "digest": output.get("archive"), "unsupported": output.get("unsupported")}


def archives(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the digests of the values that other steps may need of a manifest."""
    yield from (entry["archive"] for entry in _archived(manifest))


def needed(store: Path, manifest: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the archives with the values of a manifest that other steps may load."""
    yield from places(store, archives(manifest))


def written(store: Path, manifest: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the copies of the files that a step wrote, as far as there are any."""
    files = (manifest.get("files") or {}).get("written", {})
    yield from places(
        store, (file["digest"] for name, file in files.items() if travels(name, file))
    )


def places(store: Path, digests: Iterator[str | None]) -> Iterator[Path]:
    """Yield where archives are, for those digests that there are."""
    yield from (layout.archive(store, digest) for digest in digests if digest)


def travels(name: str, file: Mapping[str, Any]) -> bool:
    """Return whether a written file was kept: one below the folder that nobody changed since."""
    return file["digest"] is not None and not Path(name).is_absolute()


def leaves_files(manifest: Mapping[str, Any]) -> bool:
    """Return whether the folder is another one after the step."""
    files = manifest.get("files") or {}
    return any(files.get(kind) for kind in ("written", "removed", "folders"))


def are_there(manifest: Mapping[str, Any], store: Path) -> bool:
    """Return whether the store has those values, as far as the sizes of their archives tell."""
    return all(
        is_there(store, entry["archive"], entry.get("bytes")) for entry in _archived(manifest)
    )


def is_there(store: Path, digest: str, size: int | None) -> bool:
    """Return whether the store has an archive of that digest and size; None for any size.

    Also if only the bucket that stands behind it has: that was checked when it was put there.
    """
    if layout.in_bucket(store, digest).exists():
        return True
    try:
        found = layout.archive(store, digest).stat()
    except OSError:
        return False
    return size is None or found.st_size == size


def _archived(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("outputs", "changed"):
        yield from (entry for entry in manifest.get(kind, {}).values() if entry.get("archive"))
    # Items of a list, for the units of a step that goes over them.
    for items in manifest.get("items", {}).values():
        yield from (entry for entry in items.get("entries", ()) if entry.get("archive"))


def content_of(entry: Mapping[str, Any]) -> str:
    """Return what stands for the content of a value, by its entry in a manifest.

    The bytes of its archive, where it is in there, and with which others it shares objects.
    """
    if (archive := entry.get("archive")) is not None:
        return f"{archive}/{entry['slot']}/{entry['group']}"
    # A placeholder says the same in every run; a name that was not assigned is just that.
    said: Any = entry.get("placeholder") or entry.get("literal")
    if (members := entry.get("list")) is not None:
        said = [content_of(member) for member in members]
    told = own_json.dumps(said, separators=(",", ":"))
    return hashlib.blake2b(told.encode(), digest_size=20).hexdigest()
