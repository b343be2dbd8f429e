"""A step's inputs, or values that it gave, in a live kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbprism.compiler import NotebookUnreadable, read_notebook
from nbprism.compiler.spelling import did_you_mean
from nbprism.results.run import Run
from nbprism.runner.artifacts import parcel
from nbprism.runner.errors import ArtifactMissing


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was put into a namespace, for whoever asked for it."""

    run: str
    step: str
    values: tuple[str, ...]
    parameters: tuple[str, ...]
    definitions: tuple[str, ...]
    """Imports, functions and classes that were missing."""
    overwritten: tuple[str, ...]
    edited: bool
    """Whether the step's cells in the notebook's file are not those of the run any more."""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"The inputs of step '{self.step}' as run {self.run} had them:"
        for what in ("values", "parameters", "definitions", "overwritten"):
            if names := getattr(self, what):
                yield f"  {what}: {', '.join(names)}"
        if self.edited:
            yield "  The step's cells were edited since."


@dataclass(frozen=True, slots=True)
class LoadedValues:
    """Values of a step that were put into a namespace."""

    run: str
    step: str
    values: tuple[str, ...]
    overwritten: tuple[str, ...]

    def __str__(self) -> str:
        given = f"{', '.join(self.values)} as step '{self.step}' of run {self.run} gave it."
        return (
            f"{given}\n  overwritten: {', '.join(self.overwritten)}" if self.overwritten else given
        )


def load_values(
    run: Run, step: str, names: Sequence[str], namespace: dict[str, Any]
) -> LoadedValues:
    """Put values that a step gave into `namespace`.

    Raises:
        ArtifactMissing: the step gave no such value, or it is not in the store any more.
        ArtifactCorrupt: a value is damaged.
    """
    if step not in run:
        raise ArtifactMissing(f"Run {run.id} has no step '{step}'; it has {', '.join(run)}.")
    refs = run[step].artifacts
    for name in names:
        if name not in refs:
            hint = did_you_mean(name, refs) or f"It gave {', '.join(refs) or 'nothing'}."
            raise ArtifactMissing(f"Step '{step}' of run {run.id} gave no '{name}'. {hint}")
    values = {name: refs[name].load() for name in names}
    overwritten = tuple(name for name in names if name in namespace)
    namespace.update(values)
    return LoadedValues(run.id, step, tuple(names), overwritten)


def load_inputs(run: Run, step: str, namespace: dict[str, Any]) -> Loaded:
    """Put the inputs of a step, failed ones too, into `namespace`, with what its cells need.

    Functions and classes that are there already are left as they are: they may be the fix.

    Raises:
        ArtifactMissing: an input was never made, or is not in the store any more.
        ArtifactCorrupt: an input is damaged.
    """
    if step not in run:
        raise ArtifactMissing(f"Run {run.id} has no step '{step}'; it has {', '.join(run)}.")
    unit = run.plan.unit(step)
    refs = run[step].inputs
    if missing := [name for name in unit.inputs if name not in refs]:
        sources = ", ".join(f"{name} (of step '{unit.inputs[name]}')" for name in missing)
        raise ArtifactMissing(
            f"Step '{step}' of run {run.id} was never given {sources}: the step it comes from did "
            "not succeed. Load that one instead."
        )
    known = set(namespace)
    namespace.update(unit.parameters)
    defined = tuple(_define(unit.notebook, namespace, after_load=False))
    entries = {name: dict(ref.entry) for name, ref in refs.items()}
    values = parcel.unpack(run.folder.store, entries, namespace)
    namespace.update(values)
    late = tuple(_define(unit.notebook, namespace, after_load=True))
    overwritten = [name for name in (*unit.parameters, *values) if name in known]
    return Loaded(
        run.id, step, tuple(values), tuple(unit.parameters), (*defined, *late), tuple(overwritten),
        edited=_edited(run, step),
    )  # fmt: skip


def _define(
    notebook: Mapping[str, Any], namespace: dict[str, Any], *, after_load: bool
) -> Iterator[str]:
    """Run the setup that the unit replays before, or after, it loads; yield the names it makes."""
    loaded = False
    for cell in notebook["cells"]:
        loaded = loaded or cell["id"] == "nbprism-load"
        if not cell["id"].startswith("nbprism-setup-") or loaded is not after_load:
            continue
        before = set(namespace)
        exec(_missing(cell["source"], namespace), namespace)  # noqa: S102 - the user's own code
        yield from (name for name in namespace if name not in before and name != "__builtins__")


def _missing(source: str | list[str], namespace: Mapping[str, Any]) -> Any:
    """Return the code without definitions of names that are there already."""
    from IPython.core.inputtransformer2 import TransformerManager

    transformer = TransformerManager()  # type: ignore[no-untyped-call]
    tree = ast.parse(transformer.transform_cell("".join(source)))
    tree.body = [
        node
        for node in tree.body
        if not (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.name in namespace
        )
    ]
    return compile(tree, "<setup of the run>", "exec")


def _edited(run: Run, step: str) -> bool:
    file = Path(run.summary["notebook"])
    try:
        now = {cell.id: cell.source for cell in read_notebook(file).cells}
    except NotebookUnreadable:
        return False
    unit = run.plan.unit(step)
    then = {cell["id"]: cell["source"] for cell in unit.notebook["cells"]}
    return any(now.get(cell) != "".join(then[cell]) for cell in unit.cells)
