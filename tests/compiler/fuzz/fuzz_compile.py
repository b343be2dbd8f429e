"""Never a traceback for any bytes: what atheris throws at the compiler.

    pip install atheris     # Linux, CPython 3.11 to 3.13; not among the development packages
    python tests/compiler/fuzz/fuzz_compile.py CORPUS -max_total_time=3600 -timeout=60

Half of the inputs are the bytes of a file. The other half are the cells of a notebook: every cell
starts with a form feed and the letter of its tag, so that the fuzzer spends its time on code and
not on JSON. `--seeds CORPUS` writes a corpus of the notebooks in tests and examples to start with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["nbprism.compiler"]):
    from nbprism.compiler import (
        Compiler,
        Notebook,
        NotebookUnreadable,
        PlanRejected,
        compile_notebook,
        from_kale,
        make_plan,
        read_notebook,
        suggest,
    )

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = ("tests/notebooks", "examples")
CELL = "\f"
TAGS = {
    "a": ["step:a"], "b": ["step:b"], "c": ["step:c"], "i": ["imports"], "f": ["functions"],
    "p": ["parameters"], "m": ["metrics"], "s": ["skip"], "k": ["block:k", "prev:a"],
}  # fmt: skip
_compiler = Compiler()


def try_bytes(data: bytes) -> None:
    """Take a notebook through all of the compiler; only what it says it raises may be raised."""
    try:
        notebook = read_notebook(_document(data) if data.startswith(b"\f") else data)
    except NotebookUnreadable:
        return
    _compile(notebook)
    from_kale(notebook.raw)
    suggest(notebook)


def _compile(notebook: Notebook) -> None:
    pipeline = compile_notebook(notebook)
    again = _compiler.compile(notebook)
    if again != pipeline:
        raise AssertionError("compiled while it is edited, the notebook is another")
    with suppress(PlanRejected):
        make_plan(notebook, pipeline, {})


def _document(data: bytes) -> dict[str, object]:
    parts = data.decode("utf-8", "surrogateescape").split(CELL)[1:]
    cells = [_cell(number, part) for number, part in enumerate(parts)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _cell(number: int, part: str) -> dict[str, object]:
    source = part[1:].encode("utf-8", "replace").decode()
    return {
        "id": f"c{number}", "cell_type": "code", "source": source, "outputs": [],
        "execution_count": None, "metadata": {"tags": TAGS.get(part[:1], [])},
    }  # fmt: skip


def seeds() -> Iterator[bytes]:
    """Yield the notebooks there are, as files and as cells."""
    letters = {tags[0]: letter for letter, tags in TAGS.items()}
    for path in (path for folder in NOTEBOOKS for path in sorted((ROOT / folder).glob("*.ipynb"))):
        yield path.read_bytes()
        try:
            notebook = read_notebook(path)
        except NotebookUnreadable:
            continue
        cells = (cell for cell in notebook.cells if cell.kind == "code")
        tagged = ((letters.get((*cell.tags, "")[0], "a"), cell.source) for cell in cells)
        yield "".join(f"{CELL}{letter}{source}" for letter, source in tagged).encode()
    for path in sorted((ROOT / "tests/compiler/tutorials").glob("*.txt")):
        yield f"{CELL}a{path.read_text(encoding='utf-8')}".encode()


def main() -> None:
    """Fuzz until the time is up, or write the seeds."""
    if sys.argv[1:2] == ["--seeds"]:
        folder = Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number:03}").write_bytes(seed)
        return
    atheris.Setup(sys.argv, try_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
