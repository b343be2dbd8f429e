"""A notebook as the compiler sees it: checked cells with stable ids.

Reads a path, bytes, or the JSON that a browser holds. Everything that is not a Python notebook of
format 4 is one `NotebookUnreadable` with one sentence; nbformat itself is not asked, since it
upgrades silently, invents ids and raises seven kinds of errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.errors import NotebookUnreadable
from nbprism.compiler.reading.cell_ids import id_findings, settle_ids
from nbprism.compiler.reading.document import DocumentInvalid, dump_document, parse_document
from nbprism.compiler.reading.garbage import collection_paused
from nbprism.compiler.reading.language import foreign_language

MAX_NOTEBOOK_BYTES = 64 * 1024 * 1024
"""Largest notebook that is read; above it the outputs are to be cleared first."""

FORMAT = 4
_MINOR_WITH_IDS = 5
_MANY_CELLS = 2000

CellKind = Literal["code", "markdown", "raw"]
_KINDS = ("code", "markdown", "raw")


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """One cell: what it is, what it says, and how it is tagged."""

    id: str
    index: int
    """Position in the notebook, from 0, text cells counted."""
    kind: CellKind
    source: str
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notebook:
    """A readable Python notebook of format 4."""

    name: str
    """Name of its pipeline: the file's stem."""
    path: Path | None
    metadata: Mapping[str, Any]
    cells: tuple[NotebookCell, ...]
    raw: Mapping[str, Any]
    """The whole notebook as plain JSON, brought to format 4.5: every cell has its id."""
    findings: tuple[Diagnostic, ...] = ()
    """What reading it had to put right."""
    by_id: Mapping[str, NotebookCell] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {cell.id: cell for cell in self.cells})

    def cell(self, cell_id: str) -> NotebookCell:
        """Return the cell of that id.

        Raises:
            KeyError: there is none.
        """
        return self.by_id[cell_id]


def read_notebook(
    source: Path | bytes | Mapping[str, Any], *, name: str | None = None, path: Path | None = None
) -> Notebook:
    """Return the notebook in a file, in bytes, or in parsed JSON (which is copied, not kept).

    Args:
        source: where it is, or what it is.
        name: of its pipeline, if not the file's.
        path: the file that JSON is the content of, for what lies beside it.

    Raises:
        NotebookUnreadable: it is not a Python notebook of format 4; the sentence says what to do.
    """
    path = source if isinstance(source, Path) else path
    title = (source.name or str(source)) if isinstance(source, Path) else (name or "This document")
    try:
        with collection_paused():
            document = parse_document(_bytes(source), dumped=isinstance(source, Mapping))
            return _checked(document, name or _stem(path), path)
    except DocumentInvalid as error:
        sentence = f"{title} is not a notebook: {error}"
        raise NotebookUnreadable(sentence if sentence.endswith("?") else f"{sentence}.") from error
    except _Unusable as error:
        raise NotebookUnreadable(f"{title} {error}") from error


class _Unusable(Exception):
    """It is JSON but not a notebook for us; the text follows the file's name in the sentence."""


def _stem(path: Path | None) -> str:
    return path.stem if path else "notebook"


def _bytes(source: Path | bytes | Mapping[str, Any]) -> bytes:
    if isinstance(source, Path):
        data = _file_bytes(source)
    elif isinstance(source, bytes):
        data = source
    else:
        data = dump_document(dict(source))
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise _Unusable(_too_large(data))
    return data


def _file_bytes(path: Path) -> bytes:
    try:
        if not path.exists():
            raise _Unusable("does not exist. Check the path.")
        if not path.is_file():
            raise _Unusable("is not a file but a folder or a device. Name a notebook in it.")
        if path.stat().st_size > 4 * MAX_NOTEBOOK_BYTES:
            raise _Unusable(_size_reason(path.stat().st_size))
        return path.read_bytes()
    except OSError as error:
        raise _Unusable(f"cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise _Unusable("cannot be read: its path holds a character no file name has.") from error


def _too_large(data: bytes) -> str:
    try:
        value = parse_document(data)
        sizes = [len(dump_document(cell)) for cell in value["cells"]]
        biggest = f"; the biggest cell is number {sizes.index(max(sizes)) + 1}"
    except (DocumentInvalid, KeyError, TypeError, ValueError):
        biggest = ""
    return _size_reason(len(data), biggest)


def _size_reason(size: int, biggest: str = "") -> str:
    limit = MAX_NOTEBOOK_BYTES // 1024 // 1024
    return (
        f"is too large: {size / 1024 / 1024:.0f} MB, and the limit is {limit} MB{biggest}. "
        "Clear its outputs and save it again."
    )


def _checked(value: Any, name: str, path: Path | None) -> Notebook:
    if not isinstance(value, dict):
        raise _Unusable(f"is not a notebook: the top level must be an object, {_found(value)}.")
    _check_format(value)
    metadata = _object(value.get("metadata"), "'metadata'")
    _check_language(metadata)
    raw_cells = _raw_cells(value)
    sources = [_source(cell, number) for number, cell in enumerate(raw_cells, 1)]
    given = [cell.get("id") for cell in raw_cells]
    ids = settle_ids(given, sources)
    plain = [_plain(*parts) for parts in zip(raw_cells, ids, sources, strict=True)]
    raw = value | {"metadata": metadata, "cells": plain, "nbformat_minor": _minor(value)}
    findings = (*id_findings(given, ids), *size_findings(len(plain)))
    return Notebook(name, path, metadata, notebook_cells(raw), raw, findings)


def notebook_cells(raw: Mapping[str, Any]) -> tuple[NotebookCell, ...]:
    """Return the cells of a notebook's JSON that has been checked already."""
    return tuple(
        NotebookCell(
            cell["id"],
            index,
            cell["cell_type"],
            cell["source"],
            well_formed_tags(cell["metadata"]),
            cell["metadata"],
        )
        for index, cell in enumerate(raw["cells"])
    )


def well_formed_tags(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a cell's tags, leaving out what is not a tag; `tags.py` reports that."""
    tags = metadata.get("tags")
    if not tags or not isinstance(tags, list):
        return ()
    return tuple([tag for tag in tags if isinstance(tag, str)])


def _check_format(value: Mapping[str, Any]) -> None:
    if "nbformat" not in value:
        raise _Unusable("is not a notebook: it has no 'nbformat'.")
    version = value["nbformat"]
    if isinstance(version, bool) or not isinstance(version, int):
        raise _Unusable(f"is not a notebook: 'nbformat' must be a whole number, {_found(version)}.")
    if version < FORMAT:
        raise _Unusable(f"has notebook format {version}. Open it in JupyterLab and save it once.")
    if version > FORMAT:
        raise _Unusable(f"has notebook format {version}, newer than this version knows ({FORMAT}).")


def _minor(value: Mapping[str, Any]) -> int:
    minor = value.get("nbformat_minor", 0)
    if isinstance(minor, bool) or not isinstance(minor, int):
        raise _Unusable(f"is damaged: 'nbformat_minor' must be a whole number, {_found(minor)}.")
    return max(minor, _MINOR_WITH_IDS)


def _check_language(metadata: Mapping[str, Any]) -> None:
    for key in ("kernelspec", "language_info"):
        _object(metadata.get(key), f"'{key}' in its metadata")
    if language := foreign_language(metadata):
        raise _Unusable(f"uses {language}; only Python kernels run here.")


def _raw_cells(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "cells" not in value:
        raise _Unusable("is not a notebook: it has no 'cells'.")
    cells = value["cells"]
    if not isinstance(cells, list):
        raise _Unusable(f"is damaged: 'cells' must be a list, {_found(cells)}.")
    for number, cell in enumerate(cells, 1):
        _check_cell(cell, number)
    return cast("list[dict[str, Any]]", cells)


def _check_cell(cell: Any, number: int) -> None:
    if not isinstance(cell, dict):
        raise _Unusable(f"is damaged: cell {number} must be an object, {_found(cell)}.")
    if cell.get("cell_type") not in _KINDS:
        kind = cell.get("cell_type")
        raise _Unusable(
            f"is damaged: cell {number}: 'cell_type' must be code, markdown or raw, {_found(kind)}."
        )
    _object(cell.get("metadata"), f"cell {number}: 'metadata'")
    outputs = cell.get("outputs")
    if outputs is not None and not isinstance(outputs, list):
        raise _Unusable(f"is damaged: cell {number}: 'outputs' must be a list, {_found(outputs)}.")


def _source(cell: Mapping[str, Any], number: int) -> str:
    source = cell.get("source")
    if source is None:
        return ""
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    raise _Unusable(
        f"is damaged: cell {number}: 'source' must be text or a list of lines, {_found(source)}."
    )


def _plain(cell: Mapping[str, Any], cell_id: str, source: str) -> dict[str, Any]:
    plain = {**cell, "id": cell_id, "source": source, "metadata": cell.get("metadata") or {}}
    if cell["cell_type"] == "code":
        plain["outputs"] = cell.get("outputs") or []
        plain["execution_count"] = cell.get("execution_count")
    return plain


def _object(value: Any, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise _Unusable(f"is damaged: {what} must be an object, {_found(value)}.")


def _found(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", type(None): "nothing"}
    if isinstance(value, str):
        return f"found the text {value[:40]!r}"
    return f"found {names.get(type(value), f'the number {value!s:.40}')}"


def size_findings(cells: int) -> list[Diagnostic]:
    """Return what is to be said of a notebook of so many cells."""
    if cells <= _MANY_CELLS:
        return []
    message = f"This notebook has {cells:,} cells; the panel may be slow."
    return [Diagnostic("many-cells", "warning", message, "Consider splitting the notebook.")]
