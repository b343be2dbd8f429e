"""A reader that knows cells from before gives what reading the whole notebook gives."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from written import code, raw_notebook, text

from nbprism.compiler import NotebookUnreadable, read_notebook
from nbprism.compiler.reading import reader as reading
from nbprism.compiler.reading.reader import Reader

Raw = dict[str, Any]


def _notebook() -> Raw:
    cells = [text("# Title"), code("a = 1", "step:a", flag=1), code("b = a", "step:b")]
    return copy.deepcopy(raw_notebook(*cells, title="t"))


def _outcome(read: Callable[[], Any]) -> str:
    try:
        notebook = read()
    except NotebookUnreadable as error:
        return str(error)
    # The order of keys, and `1` and `true`, are the notebook's own.
    return json.dumps(notebook.raw) + repr(notebook)


EDITS: dict[str, Callable[[Raw], None]] = {
    "nothing": lambda raw: None,
    "a source": lambda raw: raw["cells"][1].update(source="a = 2"),
    "a source in lines": lambda raw: raw["cells"][1].update(source=["a = 1\n", "c = 2"]),
    "moved": lambda raw: raw["cells"].reverse(),
    "deleted": lambda raw: raw["cells"].pop(0),
    "all deleted": lambda raw: raw["cells"].clear(),
    "pasted twice": lambda raw: raw["cells"].append(copy.deepcopy(raw["cells"][1])),
    "no id": lambda raw: raw["cells"][1].pop("id"),
    "an id that is taken": lambda raw: raw["cells"][2].update(id="c1"),
    "true for 1": lambda raw: raw["cells"][1]["metadata"].update(flag=True),
    "1.0 for 1": lambda raw: raw["cells"][1]["metadata"].update(flag=1.0),
    "keys in another order": lambda raw: raw["cells"].append(
        dict(reversed(raw["cells"].pop().items()))
    ),
    "the notebook's metadata": lambda raw: raw["metadata"].update(title="u"),
    "another language": lambda raw: raw["metadata"]["kernelspec"].update(language="R"),
    "another format": lambda raw: raw.update(nbformat=3),
    "a cell of no kind": lambda raw: raw["cells"][2].update(cell_type="heading"),
    "no cells": lambda raw: raw.pop("cells"),
    "a lone surrogate": lambda raw: raw["cells"][2].update(source="'\ud800'"),
    "not a number": lambda raw: raw["cells"][2]["metadata"].update(x=float("nan")),
    "nested too deeply": lambda raw: raw["cells"][2]["metadata"].update(x=_nested(300)),
    "more deeply than marshal goes": lambda raw: raw["cells"][2]["metadata"].update(
        x=_nested(5000)
    ),
    "thousands of cells": lambda raw: raw["cells"].extend(
        code("x = 1", cell_id=f"more{n}") for n in range(2_000)
    ),
}


def _nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_notebook_is_read_as_a_new_one_is(edit: Callable[[Raw], None]) -> None:
    reader, before, after = Reader(), _notebook(), _notebook()
    edit(after)
    outcomes = [_outcome(lambda raw=raw: read_notebook(raw, name="n")) for raw in (before, after)]
    for raw, outcome in ((before, 0), (after, 1), (after, 1), (before, 0)):
        assert _outcome(lambda raw=raw: reader.read(raw, name="n")) == outcomes[outcome]


def test_cells_as_they_were_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, raw, read = Reader(), _notebook(), []
    reader.read(raw, name="n")
    monkeypatch.setattr(
        reading, "read_notebook", lambda part, name: read.append(part) or read_notebook(part)
    )
    raw["cells"][1]["source"] = "a = 3"
    reader.read(raw, name="n")
    assert [cell["id"] for part in read for cell in part["cells"]] == ["c1"]


def test_what_was_read_is_not_what_the_caller_goes_on_to_change() -> None:
    reader, raw = Reader(), _notebook()
    notebook = reader.read(raw, name="n")
    raw["cells"][1]["metadata"]["tags"].append("skip")
    assert notebook.cells[1].tags == ("step:a",)
    assert reader.read(raw, name="n").cells[1].tags == ("step:a", "skip")
