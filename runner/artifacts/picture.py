"""A small PNG of a figure, an image or an array of pixels."""

from __future__ import annotations

import base64
import io
import struct
import sys
import zlib
from typing import Any, Final

WIDTH: Final = 320
HEIGHT: Final = 240
MAX_BYTES: Final = 60_000
LEAST: Final = 8
"""An array with fewer pixels than this to a side is a table of numbers rather than an image."""

_COLOURS: Final = {1: 0, 3: 2, 4: 6}
"""Samples per pixel -> PNG's colour type."""


def of(value: Any) -> dict[str, Any] | None:
    """Return `{"mime": "image/png", "data": base64}`, None for what is no picture."""
    data = _png(value)
    if data is None or len(data) > MAX_BYTES:
        return None
    return {"mime": "image/png", "data": base64.b64encode(data).decode("ascii")}


def _png(value: Any) -> bytes | None:
    package = type(value).__module__.partition(".")[0]
    if package == "numpy":
        return _of_array(value)
    if package == "matplotlib" and isinstance(value, sys.modules["matplotlib.figure"].Figure):
        return _of_figure(value)
    if package == "PIL" and isinstance(value, sys.modules["PIL.Image"].Image):
        small = value.copy()
        small.thumbnail((WIDTH, HEIGHT))
        file = io.BytesIO()
        small.save(file, "PNG")
        return file.getvalue()
    return None


def _of_figure(figure: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    width, height = figure.get_size_inches()
    figure.set_dpi(min(WIDTH / width, HEIGHT / height))
    file = io.BytesIO()
    # Without the version of matplotlib, equal figures have equal pictures.
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def _of_array(array: Any) -> bytes | None:
    if getattr(array, "dtype", None) != "uint8" or array.ndim not in {2, 3}:
        return None
    samples = array.shape[2] if array.ndim == 3 else 1  # noqa: PLR2004 - height, width, colours
    if samples not in _COLOURS or min(array.shape[:2]) < LEAST:
        return None
    step = max(-(-array.shape[1] // WIDTH), -(-array.shape[0] // HEIGHT))
    small = array[::step, ::step]
    height, width = small.shape[:2]
    # Each line starts with the number of its filter, 0 for none.
    lines = b"".join(b"\0" + small[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[samples], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
