from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import as_bytes, code, raw_notebook, text

from nbprism.compiler import Notebook, NotebookUnreadable, read_notebook
from nbprism.compiler.reading.notebook import MAX_NOTEBOOK_BYTES

GOOD = raw_notebook(code("x = 1", "step:a"), text("# Hello"), code("x"))


def refusal(source: Any) -> str:
    with pytest.raises(NotebookUnreadable) as caught:
        read_notebook(source, name="train.ipynb")
    return str(caught.value)


def changed(**fields: Any) -> bytes:
    return as_bytes(GOOD | fields)


def with_cell(**fields: Any) -> bytes:
    return changed(cells=[*GOOD["cells"][:1], GOOD["cells"][0] | fields])


def with_metadata(**metadata: Any) -> bytes:
    return changed(metadata=metadata)


REFUSED: list[tuple[str, bytes, list[str]]] = [
    ("an empty file", b"", ["empty", "being saved"]),
    ("a file of blanks", b" \n\t ", ["empty"]),
    ("text", b"hello", ["not valid JSON", "line 1", "column 1"]),
    ("a notebook cut in the middle", as_bytes(GOOD)[:60], ["line 1", "looks cut off"]),
    ("a notebook cut in a text", b'{"cells": [{"source": "x = ', ["looks cut off"]),
    ("a notebook cut in a word", b'{"cells": [{"execution_count": nul', ["looks cut off"]),
    ("two documents", b"{} {}", ["not valid JSON", "column 4"]),
    ("a list", b"[]", ["top level must be an object", "found a list"]),
    ("null", b"null", ["top level", "found nothing"]),
    ("a number", b"3", ["top level", "found the number 3"]),
    ("a text", b'"x"', ["top level", "found the text 'x'"]),
    ("an object without cells", as_bytes({"nbformat": 4}), ["no 'cells'"]),
    ("an object without nbformat", as_bytes({"cells": []}), ["no 'nbformat'"]),
    ("format 2", changed(nbformat=2), ["format 2", "JupyterLab"]),
    ("format 3", changed(nbformat=3), ["format 3", "save it once"]),
    ("format 99", changed(nbformat=99), ["format 99", "newer"]),
    ("a format in quotes", changed(nbformat="4"), ["'nbformat' must be a whole number", "'4'"]),
    ("a format that is true", changed(nbformat=True), ["'nbformat' must be a whole number"]),
    ("a minor format in quotes", changed(nbformat_minor="5"), ["'nbformat_minor'"]),
    ("cells in an object", changed(cells={}), ["'cells' must be a list", "an object"]),
    ("cells that are null", changed(cells=None), ["'cells' must be a list", "found nothing"]),
    ("a cell that is a text", changed(cells=["x"]), ["cell 1 must be an object"]),
    ("a source that is a number", with_cell(source=7), ["cell 2", "'source'", "number 7"]),
    ("a source that lists numbers", with_cell(source=["x", 7]), ["cell 2", "'source'", "a list"]),
    ("an unknown kind of cell", with_cell(cell_type="heading"), ["cell 2", "'heading'"]),
    ("a cell without a kind", with_cell(cell_type=None), ["cell 2", "'cell_type'"]),
    ("a kind that is a list", with_cell(cell_type=["code"]), ["cell 2", "'cell_type'"]),
    ("cell metadata in a list", with_cell(metadata=[]), ["cell 2: 'metadata' must be an object"]),
    ("outputs in an object", with_cell(outputs={}), ["cell 2: 'outputs' must be a list"]),
    ("metadata in a list", changed(metadata=[]), ["'metadata' must be an object"]),
    ("a kernel that is a text", with_metadata(kernelspec="python3"), ["'kernelspec'"]),
    ("an R kernel", with_metadata(kernelspec={"name": "ir", "language": "R"}), ["uses R;"]),
    ("a kernel known by name", with_metadata(kernelspec={"name": "julia-1.10"}), ["uses Julia;"]),
    ("a language", with_metadata(language_info={"name": "scala"}), ["uses Scala; only Python"]),
    ("Latin-1", '{"cells": "é"}'.encode("latin-1"), ["not UTF-8", "0xE9", "position 11"]),
    ("UTF-16", '{"cells": []}'.encode("utf-16"), ["UTF-16", "save it as UTF-8"]),
    ("UTF-16 without a mark", '{"cells": []}'.encode("utf-16-le"), ["UTF-16"]),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", ["not UTF-8", "0x89"]),
    ("a key twice", b'{"cells": [], "nbformat": 4, "cells": []}', ["'cells'", "twice"]),
    ("NaN", b'{"cells": [NaN]}', ["NaN", "not a JSON number"]),
    ("a number without end", b'{"cells": [-Infinity]}', ["Infinity"]),
    ("a number beyond floats", b'{"cells": [1e999]}', ["1e999", "too large"]),
    ("a number of 5,000 digits", b'{"cells": [' + b"7" * 5000 + b"]}", ["number", "too long"]),
    ("half a character", with_cell(source="a\ud800"), ["U+D800", "cell 2"]),
    ("100,000 levels", b"[" * 100_000 + b"]" * 100_000, ["nested too deeply", "200"]),
    ("300 levels", b'{"cells":' + b"[" * 300 + b"]" * 300 + b"}", ["nested too deeply"]),
]


@pytest.mark.parametrize(
    ("data", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_not_a_python_notebook_is_refused_with_one_sentence(
    data: bytes, words: list[str]
) -> None:
    message = refusal(data)
    assert message.startswith("train.ipynb ")
    assert "\n" not in message
    for word in words:
        assert word in message


READ: list[tuple[str, bytes]] = [
    ("a byte order mark", b"\xef\xbb\xbf" + as_bytes(GOOD)),
    ("a source of null", with_cell(source=None)),
    ("a source in lines", with_cell(source=["a = 1\n", "a"])),
    ("no cells at all", changed(cells=[])),
    ("metadata of null", with_cell(metadata=None)),
    ("a later minor format", changed(nbformat_minor=9)),
    ("no word on the kernel", with_metadata()),
    ("an unknown kernel", with_metadata(kernelspec={"name": "py312", "display_name": "mine"})),
    ("whole surrogate pairs", with_cell(source="\N{GRINNING FACE}")),
    ("nesting of 100 levels", with_cell(metadata={"x": json.loads("[" * 100 + "]" * 100)})),
]


@pytest.mark.parametrize("data", [row[1] for row in READ], ids=[row[0] for row in READ])
def test_what_other_tools_write_is_read(data: bytes) -> None:
    read = read_notebook(data)
    nbformat.validate(dict(read.raw))


def test_fields_of_other_tools_are_kept() -> None:
    assert read_notebook(changed(signature="x")).raw["signature"] == "x"


def test_a_cell_keeps_what_it_says() -> None:
    read = read_notebook(as_bytes(GOOD), name="train")
    first, second, third = read.cells
    assert (read.name, first.id, first.kind, first.source) == ("train", "c0", "code", "x = 1")
    assert first.tags == ("step:a",)
    assert (second.kind, third.index) == ("markdown", 2)
    assert read.findings == ()


def test_lines_of_a_source_are_joined() -> None:
    assert read_notebook(with_cell(source=["a = 1\n", "a"])).cells[1].source == "a = 1\na"


@pytest.mark.parametrize(
    ("ids", "code_found"),
    [
        ([None, "b"], "cell-id-missing"),
        (["a", "a"], "cell-id-unusable"),
        (["a", "../../x y"], "cell-id-unusable"),
        (["a", 7], "cell-id-unusable"),
        (["a", ["x"]], "cell-id-unusable"),
        (["a", "x" * 65], "cell-id-unusable"),
        (["a", "nbprism-save"], "cell-id-unusable"),
    ],
)
def test_an_id_that_cannot_be_used_is_derived_the_same_way_each_time(
    ids: list[Any], code_found: str
) -> None:
    raw = raw_notebook(code("x = 1"), code("x"))
    for cell, cell_id in zip(raw["cells"], ids, strict=True):
        cell["id"] = cell_id
    first, again = read_notebook(as_bytes(raw)), read_notebook(raw)
    assert [cell.id for cell in first.cells] == [cell.id for cell in again.cells]
    assert len({cell.id for cell in first.cells}) == 2
    assert [finding.code for finding in first.findings] == [code_found]
    assert {finding.severity for finding in first.findings} == {"info"}
    nbformat.validate(dict(first.raw))


def test_derived_ids_follow_position_and_content() -> None:
    cells = [code("x"), code("x"), code("y")]
    for cell in cells:
        cell["id"] = None
    ids = [cell.id for cell in read_notebook(raw_notebook(*cells)).cells]
    edited = [cells[0], cells[1], code("z") | {"id": None}]
    after = [cell.id for cell in read_notebook(raw_notebook(*edited)).cells]
    assert len(set(ids)) == 3
    assert after[:2] == ids[:2]
    assert after[2] != ids[2]


def test_many_missing_ids_are_one_finding() -> None:
    raw = raw_notebook(*[code(str(number)) for number in range(50)]) | {"nbformat_minor": 4}
    for cell in raw["cells"]:
        del cell["id"]
    assert [finding.code for finding in read_notebook(raw).findings] == ["cell-id-missing"]


def test_a_notebook_of_very_many_cells_is_read_with_a_warning() -> None:
    read = read_notebook(raw_notebook(*[code("pass") for _ in range(2001)]))
    assert [finding.code for finding in read.findings] == ["many-cells"]


def test_a_notebook_that_is_too_large_names_its_biggest_cell() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "x" * MAX_NOTEBOOK_BYTES}
    cells = [code("a"), code("b") | {"outputs": [output]}, code("c")]
    message = refusal(as_bytes(raw_notebook(*cells)))
    assert "64 MB" in message
    assert "biggest cell is number 2" in message
    assert "Clear its outputs" in message


def test_a_notebook_is_named_after_its_file(tmp_path: Path) -> None:
    file = tmp_path / "digits.ipynb"
    file.write_bytes(as_bytes(GOOD))
    read = read_notebook(file)
    assert (read.name, read.path) == ("digits", file)


@pytest.mark.parametrize("name", ["missing.ipynb", ".", "a\0b.ipynb", "x" * 300])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotebookUnreadable, match=r"does not exist|not a file|cannot be read"):
        read_notebook(tmp_path / name)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(NotebookUnreadable, match="not a file"):
        read_notebook(tmp_path / "pipe.ipynb")


def test_the_json_that_is_given_is_copied() -> None:
    raw = raw_notebook(code("x = 1"))
    read = read_notebook(raw)
    raw["cells"][0]["source"] = "changed"
    assert read.raw["cells"][0]["source"] == "x = 1"


@pytest.mark.parametrize("value", [{"cells": {1, 2}}, {"cells": [object()]}, {("a",): 1}])
def test_values_json_has_no_form_for_are_refused(value: dict[str, Any]) -> None:
    assert "cannot be written as JSON" in refusal(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ALMOST_CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
        "id": st.text() | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"tags": JSON}) | JSON,
        "source": st.text() | st.lists(st.text()) | JSON,
        "outputs": JSON,
    },
)
ALMOST_NOTEBOOK = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(ALMOST_CELL) | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"kernelspec": JSON, "nbprism": JSON})
        | JSON,
        "nbformat": st.just(4) | JSON,
        "nbformat_minor": st.just(5) | JSON,
    },
)


def outcome(source: Any) -> Notebook | None:
    try:
        return read_notebook(source)
    except NotebookUnreadable as error:
        assert str(error)  # noqa: PT017 - any refusal is fine, as long as it says something
        return None


@given(st.binary())
def test_any_bytes_give_a_notebook_or_a_refusal(data: bytes) -> None:
    outcome(data)


@given(st.integers(0, 400), st.binary(max_size=8))
def test_a_damaged_notebook_gives_a_notebook_or_a_refusal(place: int, damage: bytes) -> None:
    data = as_bytes(GOOD)
    outcome(data[:place] + damage + data[place + len(damage) :])


@given(ALMOST_NOTEBOOK | JSON)
def test_any_json_gives_a_valid_notebook_or_a_refusal(value: Any) -> None:
    source = value if isinstance(value, dict) else as_bytes(value)
    if read := outcome(source):
        assert read_notebook(read.raw).cells == read.cells
